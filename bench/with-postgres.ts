import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startEmbeddedPostgres } from '../server/src/db/index.ts'

/** A PostgreSQL that is there for one benchmark alone. */
export interface BenchGround {
  readonly databaseUrl: string
  readonly dataDir: string
  /** The process under which PostgreSQL serves its connections. */
  readonly postmaster: number
}

/** Settings of the server, and who hears of it. */
export interface BenchPostgres {
  readonly settings?: Readonly<Record<string, string>>
  readonly say: (line: string) => void
}

/** Runs a benchmark on a PostgreSQL of its own; its data is gone afterwards. */
export async function withPostgres(
  name: string,
  { settings, say }: BenchPostgres,
  run: (ground: BenchGround) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), `trellis-bench-${name}-`))
  // The database server runs as another user, and has to find its folder in there.
  await chmod(dataDir, 0o711)
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: say,
    ...(settings === undefined ? {} : { settings }),
  })
  try {
    const [pid] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
    await run({ databaseUrl: postgres.urlOf('trellis'), dataDir, postmaster: Number(pid) })
  } finally {
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
