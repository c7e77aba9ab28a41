import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  type Database,
  type EmbeddedPostgres,
  openDatabase,
  startEmbeddedPostgres,
} from '@trellis/server/db'

import { TEMPLATES, type TemplateName } from './templates.ts'
import { testConfig } from './test-config.ts'

/** A PostgreSQL for one test run, which hands out databases cloned from templates. */
export interface TestCluster {
  /** Clones a template and returns the URL of the new database. */
  clone(template: TemplateName): Promise<string>
  /** Drops a database that `clone` returned; sessions still open in it are ended. */
  drop(url: string): Promise<void>
  stop(): Promise<void>
}

// Nothing here must survive a power cut, so nothing waits for the disk.
const FAST_AND_LOOSE: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
  shared_buffers: '128MB',
  max_connections: '200',
}

/** Starts a cluster in a temporary directory, without durability. */
export async function startTestCluster(): Promise<TestCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trellis-test-'))
  // mkdtemp lets nobody else in; PostgreSQL's own account must be able to pass through.
  await chmod(dataDir, 0o711)
  const postgres = await startEmbeddedPostgres({ dataDir, settings: FAST_AND_LOOSE })
  const admin = await openDatabase(testConfig({ DATABASE_URL: postgres.urlOf('postgres') }))
  const factory = new DatabaseFactory(postgres, admin)
  return {
    clone: (template) => factory.clone(template),
    drop: (url) => factory.drop(url),
    stop: async () => {
      await admin.close()
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

class DatabaseFactory {
  readonly #postgres: EmbeddedPostgres
  readonly #admin: Database
  readonly #templates = new Map<TemplateName, Promise<string>>()
  #previous: Promise<unknown> = Promise.resolve()

  constructor(postgres: EmbeddedPostgres, admin: Database) {
    this.#postgres = postgres
    this.#admin = admin
  }

  async clone(template: TemplateName): Promise<string> {
    const source = await this.#template(template)
    const name = `test_${randomBytes(6).toString('hex')}`
    // One at a time: PostgreSQL refuses to clone a database that another session is cloning.
    await this.#inTurn(() => this.#admin.execute(`create database ${name} template ${source}`))
    return this.#postgres.urlOf(name)
  }

  async drop(url: string): Promise<void> {
    const name = new URL(url).pathname.slice(1)
    await this.#inTurn(() => this.#admin.execute(`drop database if exists ${name} with (force)`))
  }

  #template(name: TemplateName): Promise<string> {
    const made = this.#templates.get(name) ?? this.#makeTemplate(name)
    this.#templates.set(name, made)
    return made
  }

  async #makeTemplate(name: TemplateName): Promise<string> {
    const { from, fill } = TEMPLATES[name]
    const source = from === undefined ? 'template1' : await this.#template(from)
    const own = `template_${name}`
    await this.#inTurn(() => this.#admin.execute(`create database ${own} template ${source}`))
    const database = await openDatabase(testConfig({ DATABASE_URL: this.#postgres.urlOf(own) }))
    try {
      await fill(database)
    } finally {
      await database.close()
    }
    return own
  }

  #inTurn(work: () => Promise<unknown>): Promise<unknown> {
    const done = this.#previous.then(work)
    this.#previous = done.catch(() => undefined)
    return done
  }
}
