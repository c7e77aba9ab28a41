import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

import { ROOT_DIR } from './test-config.ts'

type Process = ChildProcessByStdio<null, Readable, null>

const ADMIN = { email: 'admin@example.com', password: 'a password for live tests' }

/** The server in a process of its own, as `npm start` runs it, on a database that the test gives. */
export class LiveServer {
  /** Where it listens, such as `http://127.0.0.1:40123`. */
  readonly address: string
  /** What a request of its administrator carries. */
  readonly headers: Readonly<Record<string, string>>
  /** Where it keeps its secrets. */
  readonly dataDir: string
  readonly #process: Process
  readonly #ownsDataDir: boolean

  private constructor(parts: {
    process: Process
    dataDir: string
    ownsDataDir: boolean
    address: string
    headers: Readonly<Record<string, string>>
  }) {
    this.#process = parts.process
    this.dataDir = parts.dataDir
    this.#ownsDataDir = parts.ownsDataDir
    this.address = parts.address
    this.headers = parts.headers
  }

  /**
   * Starts a server on a database and signs its administrator in. Servers that stand for one another share their
   * secrets: give them a `DATA_DIR`, which is then not theirs to remove.
   *
   * @throws Error with what it said, if it ends before it is ready
   */
  static async start(
    databaseUrl: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<LiveServer> {
    const own = environment['DATA_DIR'] === undefined
    const dataDir = environment['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'trellis-live-')))
    const child = spawnServer({ DATABASE_URL: databaseUrl, ...environment, DATA_DIR: dataDir })
    try {
      const address = await announcedAddress(child)
      return new LiveServer({
        process: child,
        dataDir,
        ownsDataDir: own,
        address,
        headers: await signIn(address),
      })
    } catch (error) {
      child.kill('SIGKILL')
      if (own) await rm(dataDir, { recursive: true, force: true })
      throw error
    }
  }

  /** Asks as the administrator. */
  get(path: string): Promise<Response> {
    return fetch(`${this.address}${path}`, { headers: this.headers })
  }

  /** Sends a JSON body as the administrator. */
  send(method: string, path: string, body?: unknown): Promise<Response> {
    const json = { ...this.headers, 'content-type': 'application/json' }
    return fetch(`${this.address}${path}`, {
      method,
      headers: body === undefined ? this.headers : json,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
    await this.#removeData()
  }

  /** Ends it as an operator does, and answers its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#process
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
    await this.#removeData()
    return child.exitCode
  }

  async #removeData(): Promise<void> {
    if (this.#ownsDataDir) await rm(this.dataDir, { recursive: true, force: true })
  }
}

function spawnServer(environment: Readonly<Record<string, string>>): Process {
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: '0',
    DEMO: 'none',
    LOG_LEVEL: 'silent',
    POOL_SIZE: '4',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    ...environment,
  }
  return spawn(process.execPath, [join(ROOT_DIR, 'server/src/main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function announcedAddress(child: Process): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /Runtime\s+(http:\/\/[\d.:]+)\//.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`The server did not start: ${said}`)))
  })
}

async function signIn(address: string): Promise<Record<string, string>> {
  const answer = await fetch(`${address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  })
  if (!answer.ok) throw new Error(`The administrator could not sign in: ${await answer.text()}`)
  const { csrf_token: token } = (await answer.json()) as { csrf_token: string }
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { cookie, 'x-csrf-token': token }
}
