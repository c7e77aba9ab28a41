import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import type { AppOptions, Foundation } from '@trellis/server'
import { createApp } from '@trellis/server'
import { openDatabase } from '@trellis/server/db'

import { KeyRing } from '../../server/src/access/key-ring.ts'
import { createSignIn } from '../../server/src/access/sign-in.ts'
import { createValueSeal } from '../../server/src/access/value-seal.ts'
import { CurrentModel } from '../../server/src/catalog/index.ts'
import type { KnownRoute } from '../../server/src/http/route-policy.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { ROOT_DIR } from './test-config.ts'
import { createDatabase, type TestDatabase } from './test-database.ts'

/** The server as an object, to which requests can be handed without a network. */
export type App = Awaited<ReturnType<typeof createApp>>

/** A request, handed to the server without a network. */
export interface Call {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  readonly url: string
  readonly payload?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly remoteAddress?: string
}

/** A user whom a test made. */
export interface TestUser {
  readonly id: string
  readonly email: string
  readonly password: string
}

/** An answer, its body read. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  /** The JSON of the body; undefined where there is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests assert what is in it
  readonly body: any
  readonly text: string
  /** What came, as it came. */
  readonly bytes: Buffer
}

/** A server with the shipped packages on a database of its own; nothing listens on a port. */
export interface TestServer {
  readonly app: App
  readonly test: TestDatabase
  readonly currentModel: CurrentModel
  /** What the server was made from. */
  readonly foundation: Foundation
  /** Its routes, in the order in which they were made. */
  readonly routes: readonly KnownRoute[]
  /** An administrator, signed in. */
  readonly admin: Caller
  /** Makes a user who may sign in. */
  createUser(user: { sets: readonly string[]; name?: string; locale?: string }): Promise<TestUser>
  /** Signs a user in. */
  signIn(user: Pick<TestUser, 'email' | 'password'>): Promise<Caller>
  /** Somebody who is not signed in. */
  readonly stranger: Caller
  stop(): Promise<void>
}

const PASSWORD = 'a password for tests'

/**
 * Starts a server for a test file.
 *
 * @example
 * const server = await startTestServer()
 * afterAll(() => server.stop())
 * const answer = await server.admin.get('/api/v1/records/account')
 */
export async function startTestServer(options: AppOptions = {}): Promise<TestServer> {
  const test = await createDatabase({ template: 'installed' })
  const { fieldTypes } = await loadPlugins(join(ROOT_DIR, 'plugins'))
  const currentModel = new CurrentModel(
    test.database,
    'main',
    fieldTypes,
    createValueSeal(() => [secret('cookie')]),
  )
  await currentModel.start()
  const target = { db: test.database, schema: 'main', fieldTypes }
  const secrets = { cursorKey: secret('cursor'), sealKeys: new KeyRing([secret('cookie')]) }
  const config = { ...test.config, dataDir: await mkdtemp(join(tmpdir(), 'trellis-data-')) }
  const foundation = { config, db: test.database, currentModel, target, secrets }
  const app = await createApp(foundation, { accountFactor: 100, ...options })
  await app.ready()
  const beside = process.env['TEST_SERVERS'] === '2' ? await startBeside(foundation, options) : []
  const door = beside.length > 0 ? new TurningDoor([{ app, currentModel }, ...beside]) : app
  const server = {
    app,
    test,
    currentModel,
    foundation,
    routes: app.routes(),
    stranger: new Caller(door),
    createUser: (user: Parameters<TestServer['createUser']>[0]) => createUser(test, user),
    signIn: (user: Pick<TestUser, 'email' | 'password'>) => signIn(door, user),
    stop: async () => {
      for (const other of beside) await other.stop()
      await app.close()
      await currentModel.stop()
      await test.drop()
      await rm(config.dataDir, { recursive: true, force: true })
    },
  }
  return { ...server, admin: await server.signIn(await server.createUser({ sets: ['admin'] })) }
}

/** What answers requests that come without a network. */
interface Door {
  inject(request: Call): Promise<Awaited<ReturnType<App['inject']>>>
}

/** A server of several on one database. */
interface OneOfMany {
  readonly app: App
  readonly currentModel: CurrentModel
}

/**
 * Another server on the same database, with connections and memories of its own, as a second process has them.
 */
async function startBeside(
  foundation: Foundation,
  options: AppOptions,
): Promise<(OneOfMany & { stop(): Promise<void> })[]> {
  const db = await openDatabase(foundation.config)
  const { schema, fieldTypes } = foundation.target
  const seal = createValueSeal(() => [secret('cookie')])
  const currentModel = new CurrentModel(db, schema, fieldTypes, seal)
  await currentModel.start()
  const target = {
    db,
    schema,
    fieldTypes,
    // A test may say later from when on a table is large.
    get largeFrom() {
      return foundation.target.largeFrom ?? foundation.config.largeTableRows
    },
  }
  const parts = { ...foundation, db, currentModel, target }
  const app = await createApp(parts, { accountFactor: 100, ...options })
  await app.ready()
  const stop = async (): Promise<void> => {
    await app.close()
    await currentModel.stop()
    await db.close()
  }
  return [{ app, currentModel, stop }]
}

/** Requests after which rights may be others: records that say who belongs where. */
const ABOUT_PEOPLE =
  /\/(records\/(user|department|user_department|user_group|group_member|queue_member)|users)\b/
const REMEMBERED_MS = 850

function isAboutPeople({ method, url }: Call): boolean {
  return method !== 'GET' && ABOUT_PEOPLE.test(url)
}

/** Hands each request to the next of several servers, as a load balancer does. */
class TurningDoor implements Door {
  readonly #servers: readonly OneOfMany[]
  #turn = 0

  constructor(servers: readonly OneOfMany[]) {
    this.#servers = servers
  }

  async inject(request: Call): ReturnType<Door['inject']> {
    this.#turn += 1
    const next = this.#servers[this.#turn % this.#servers.length]
    if (next === undefined) throw new Error('There is no server')
    const answer = await next.app.inject(request)
    // What each of them remembers of people, it remembers for less than a second.
    if (isAboutPeople(request) && answer.statusCode < 400) await delay(REMEMBERED_MS)
    // The others hear of a release within a moment; a test does not wait for that.
    if (request.url.includes('/meta/')) {
      await Promise.all(this.#servers.map(({ currentModel }) => currentModel.refresh()))
    }
    return answer
  }
}

/** Calls the server as one caller: signs each request and reads each answer. */
export class Caller {
  readonly #door: Door
  readonly #headers: Readonly<Record<string, string>>

  constructor(door: Door, headers: Readonly<Record<string, string>> = {}) {
    this.#door = door
    this.#headers = headers
  }

  /** The same caller with further headers on every request. */
  with(headers: Readonly<Record<string, string>>): Caller {
    return new Caller(this.#door, { ...this.#headers, ...headers })
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#headers
  }

  get(url: string): Promise<Answer> {
    return this.send({ method: 'GET', url })
  }

  post(url: string, payload?: unknown): Promise<Answer> {
    return this.send({ method: 'POST', url, ...jsonPayload(payload) })
  }

  put(url: string, payload?: unknown): Promise<Answer> {
    return this.send({ method: 'PUT', url, ...jsonPayload(payload) })
  }

  patch(url: string, payload?: unknown): Promise<Answer> {
    return this.send({ method: 'PATCH', url, ...jsonPayload(payload) })
  }

  delete(url: string): Promise<Answer> {
    return this.send({ method: 'DELETE', url })
  }

  /** Sends anything at all. */
  async send(request: Call): Promise<Answer> {
    const headers = { ...this.#headers, ...request.headers }
    const answer = await this.#door.inject({ ...request, headers })
    const isJson = String(answer.headers['content-type'] ?? '').includes('json')
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson && answer.payload !== '' ? JSON.parse(answer.payload) : undefined,
      text: answer.payload,
      bytes: answer.rawPayload,
    }
  }
}

function jsonPayload(payload: unknown): Pick<Call, 'payload' | 'headers'> {
  if (payload === undefined) return {}
  return { payload: JSON.stringify(payload), headers: { 'content-type': 'application/json' } }
}

async function signIn(
  door: Door,
  { email, password }: Pick<TestUser, 'email' | 'password'>,
): Promise<Caller> {
  const answer = await new Caller(door).post('/api/v1/auth/login', { email, password })
  if (answer.status !== 200) throw new Error(`Could not sign in: ${answer.text}`)
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? ''
  return new Caller(door, { cookie, 'x-csrf-token': answer.body.csrf_token })
}

async function createUser(
  { database }: TestDatabase,
  { sets, name = 'Test user', locale = 'en-US' }: Parameters<TestServer['createUser']>[0],
): Promise<TestUser> {
  const id = randomUUID()
  const email = `user.${id.slice(-12)}@example.com`
  await database.execute(
    `insert into main."user" (id, name, email, owner, created_at, created_by, updated_at, updated_by,
       version, locked, permission_sets, active, locale, time_zone)
     values ($1, $2, $3, $1, now(), $1, now(), $1, 1, false, $4, true, $5, 'Asia/Shanghai')`,
    [id, name, email, sets, locale],
  )
  await database.execute('update main._organization set version = version + 1')
  await createSignIn(database, { tenant: 'main', userId: id, email, password: PASSWORD })
  return { id, email, password: PASSWORD }
}

// Random would do as well; the same in every run makes a failing run easier to look at.
function secret(name: string): Buffer {
  return createHash('sha256').update(`test ${name}`).digest()
}
