import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { connectQuery, sessionSettings } from '@trellis/server/db'

import { findPgbouncer } from './find-pgbouncer.ts'
import { testConfig } from './test-config.ts'

/** pgbouncer in transaction mode before all databases of a cluster. */
export interface Pooler {
  /** The way to the same database through it. */
  urlOf(databaseUrl: string): string
  stop(): Promise<void>
}

/**
 * Starts pgbouncer before the cluster of a database, with few sessions that it hands round, so that whatever leans on
 * a session meets one that another client has left.
 *
 * @throws Error when there is none, or it does not start
 */
export async function startPooler(databaseUrl: string): Promise<Pooler> {
  const program = findPgbouncer()
  if (program === undefined) throw new Error('There is no pgbouncer on this machine')
  const folder = await mkdtemp(join(tmpdir(), 'trellis-pooler-'))
  // It does not run as root; whoever it runs as must be able to read this.
  await chmod(folder, 0o755)
  const port = await findFreePort()
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(file, configuration(new URL(databaseUrl), port))
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(program, ['-q', ...asUser, file], { stdio: 'ignore' })
  try {
    await untilOpen(child, port)
  } catch (error) {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return {
    urlOf: (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port }).href,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGINT')
      await Promise.race([ended, delay(2000).then(() => child.kill('SIGKILL'))])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration({ hostname, port, username, password }: URL, ownPort: number): string {
  const settings = connectQuery(sessionSettings(testConfig().statementTimeoutMs))
  return `[databases]
* = host=${hostname} port=${port} user=${username} password=${password} connect_query='${settings}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
server_round_robin = 1
`
}

async function untilOpen(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    if (child.exitCode !== null) break
    if (await isOpen(port)) return
    await delay(50)
  }
  throw new Error('pgbouncer did not start')
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
