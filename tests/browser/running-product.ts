import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

import { ROOT_DIR } from '../support/test-config.ts'

/** The product as `npm start` runs it, with its demo company, on a data directory of its own. */
export interface RunningProduct {
  readonly address: string
  /** The password of everybody in the demo company. */
  readonly demoPassword: string
  /** Ends the server and removes what it kept. */
  stop(): Promise<void>
}

type Server = ChildProcessByStdio<null, Readable, null>

/**
 * Starts the product on a free port and waits until it says that it is ready.
 *
 * @throws Error if it ends before that; what it complained about stands in the terminal.
 */
export async function startProduct(): Promise<RunningProduct> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trellis-browser-'))
  const server = spawnServer(dataDir)
  const stop = async (): Promise<void> => {
    await ended(server)
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    return { ...(await announced(server)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function spawnServer(dataDir: string): Server {
  const env = {
    ...process.env,
    DATA_DIR: dataDir,
    DATABASE_URL: '',
    DEMO: '',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
    ADMIN_EMAIL: 'admin@example.com',
    ADMIN_PASSWORD: 'only for pictures',
  }
  return spawn(process.execPath, [join(ROOT_DIR, 'server/src/main.ts')], {
    cwd: ROOT_DIR,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Reads the address and the password out of what the server prints when it is ready. */
function announced(server: Server): Promise<Pick<RunningProduct, 'address' | 'demoPassword'>> {
  return new Promise((settle, reject) => {
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`The server ended with code ${code}`)))
    let address = ''
    createInterface({ input: server.stdout }).on('line', (line) => {
      address = /^\s+Runtime\s+(http\S+?)\/$/.exec(line)?.[1] ?? address
      const demoPassword = /password of the demo company's people: (\S+)$/.exec(line)?.[1]
      if (demoPassword !== undefined) settle({ address, demoPassword })
    })
  })
}

async function ended(server: Server): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exit = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGTERM')
  await exit
}
