import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The account PostgreSQL runs under when the server runs as root, which PostgreSQL refuses. */
export interface PostgresUser {
  readonly uid: number
  readonly gid: number
}

const ACCOUNT = 'postgres'

/** The account to run PostgreSQL under: `undefined` when the server's own account will do. */
export async function findPostgresUser(): Promise<PostgresUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  return (await lookUp()) ?? (await createAccount())
}

async function lookUp(): Promise<PostgresUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, ACCOUNT])))
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
  } catch {
    return undefined
  }
}

async function createAccount(): Promise<PostgresUser> {
  // A group of this name may exist without its user; useradd then tells what is wrong.
  await run('groupadd', ['--system', ACCOUNT]).catch(() => undefined)
  const options = ['--system', '--gid', ACCOUNT, '--home-dir', '/nonexistent', '--no-create-home']
  let reason: unknown
  await run('useradd', [...options, '--shell', '/usr/sbin/nologin', ACCOUNT]).catch((error) => {
    reason = error
  })
  const user = await lookUp()
  if (user !== undefined) return user
  throw new Error(
    `PostgreSQL does not run as root, and the account "${ACCOUNT}" could not be created. ` +
      'Start the server under an ordinary account, or set DATABASE_URL.',
    { cause: reason },
  )
}

/** Whether the account can enter a directory or run a program, wherever it lies. */
export async function canReach(path: string, user: PostgresUser | undefined): Promise<boolean> {
  if (user === undefined) return true
  try {
    // Asked of the system rather than computed from mode bits: access lists and mounts count too.
    await run('test', ['-x', path], { ...user, cwd: '/' })
    return true
  } catch {
    return false
  }
}
