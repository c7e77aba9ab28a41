import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { REACHABLE_ROOT } from './postgres-binaries.ts'
import { canReach, type PostgresUser } from './postgres-user.ts'

const run = promisify(execFile)

/** What a cluster is made from. */
export interface ClusterPlan {
  /** Where the cluster should lie; a link to elsewhere when PostgreSQL's account cannot enter. */
  readonly path: string
  readonly initdb: string
  readonly user: PostgresUser | undefined
  readonly password: string
  readonly log: (message: string) => void
}

/** The name of the superuser of an embedded cluster. */
export const SUPERUSER = 'trellis'

const MAJOR_VERSION = '18'

/** Makes the cluster unless it is there, and returns the directory it really lies in. */
export async function prepareCluster(plan: ClusterPlan): Promise<string> {
  const existing = await lstat(plan.path).catch(() => undefined)
  if (existing === undefined) return createCluster(plan)
  const clusterDir = await realpath(plan.path).catch(() => {
    throw new Error(`${plan.path} links to a directory that is gone; remove the link to start anew`)
  })
  await checkVersion(clusterDir)
  if (await canReach(clusterDir, plan.user)) return clusterDir
  throw new Error(
    `PostgreSQL runs as the account "postgres", which cannot enter ${clusterDir}: let others pass ` +
      'through its parent directories (chmod o+x), or set DATA_DIR to a place they can reach.',
  )
}

async function checkVersion(clusterDir: string): Promise<void> {
  const version = await readFile(join(clusterDir, 'PG_VERSION'), 'utf8').catch(() => '')
  if (version.trim() === MAJOR_VERSION) return
  throw new Error(
    version === ''
      ? `${clusterDir} is not a database: PG_VERSION is missing. Move it away to start anew.`
      : `${clusterDir} was made by PostgreSQL ${version.trim()}, this is ${MAJOR_VERSION}: ` +
          'dump it with the old version and restore it into a new DATA_DIR.',
  )
}

async function createCluster(plan: ClusterPlan): Promise<string> {
  const place = await choosePlace(plan)
  plan.log(`Creating the database in ${place}`)
  // Made aside and renamed: an interrupted initdb must not be taken for a cluster.
  const aside = `${place}.${randomBytes(4).toString('hex')}`
  try {
    await makeDir(aside, plan.user)
    await runInitdb(aside, plan)
    await rename(aside, place)
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw error
  }
  if (place !== plan.path) await symlink(place, plan.path)
  return place
}

// Root's own directories let nobody else in. The cluster then lies where PostgreSQL's account can
// reach it, and a link stands in its place.
async function choosePlace({ path, user }: ClusterPlan): Promise<string> {
  const parent = dirname(path)
  await mkdir(parent, { recursive: true })
  if (user === undefined || (await canReach(parent, user))) return path
  await mkdir(REACHABLE_ROOT, { recursive: true, mode: 0o755 })
  return join(REACHABLE_ROOT, `cluster-${randomBytes(6).toString('hex')}`)
}

async function makeDir(path: string, user: PostgresUser | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  if (user !== undefined) await chown(path, user.uid, user.gid)
}

async function runInitdb(clusterDir: string, plan: ClusterPlan): Promise<void> {
  const passwordFile = join(tmpdir(), `trellis-${randomBytes(8).toString('hex')}`)
  await writeFile(passwordFile, `${plan.password}\n`, { mode: 0o600, flag: 'wx' })
  if (plan.user !== undefined) await chown(passwordFile, plan.user.uid, plan.user.gid)
  const flags = [
    `--pgdata=${clusterDir}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-instructions',
  ]
  try {
    await run(plan.initdb, flags, { ...plan.user, cwd: '/', env: { ...process.env, LC_ALL: 'C' } })
  } catch (error) {
    throw new Error(`initdb could not create the database: ${outputOf(error)}`, { cause: error })
  } finally {
    await rm(passwordFile, { force: true })
  }
  await chmod(clusterDir, 0o700)
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : error.message
}
