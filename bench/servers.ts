import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A server under load. */
export interface Server {
  readonly name: 'engine' | 'baseline'
  readonly url: string
  readonly pid: number
  /** The headers by which a caller is known. */
  readonly callers: Callers
  /** For how long its event loop was held at most since this was asked last, in milliseconds. */
  longestHold(): Promise<number>
  stop(): Promise<void>
}

/** The administrator, and a representative who sees only their own records. */
export type Callers = Readonly<Record<'admin' | 'rep', Readonly<Record<string, string>>>>

const READY_WITHIN_MS = 60_000

/** Runs a program of ours as a server of its own and waits until it answers. */
export async function startServer(
  {
    name,
    entry,
    environment,
    probe,
  }: {
    name: Server['name']
    entry: string
    environment: Readonly<Record<string, string>>
    probe: string
  },
  callers: Callers,
): Promise<Server> {
  const port = await freePort()
  const [program, watch] = [entry, 'watch-loop.ts'].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  )
  const child = spawn(process.execPath, ['--import', watch ?? '', program ?? ''], {
    env: {
      ...process.env,
      ...environment,
      HOST: '127.0.0.1',
      PORT: String(port),
      NODE_ENV: 'production',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const url = `http://127.0.0.1:${port}`
  await answers(child, `${url}${probe}`, callers.admin)
  return {
    name,
    url,
    pid: child.pid ?? 0,
    callers,
    longestHold: () => longestHold(child),
    stop: () => stop(child),
  }
}

async function answers(child: ChildProcess, url: string, headers: Callers['admin']): Promise<void> {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await delay(100)) {
    if (child.exitCode !== null) break
    const answer = await fetch(url, { headers }).catch(() => undefined)
    if (answer?.ok) return
  }
  child.kill('SIGKILL')
  throw new Error(`${url} does not answer`)
}

async function longestHold(child: ChildProcess): Promise<number> {
  const told = once(child, 'message')
  child.send('longest hold')
  const [most] = (await told) as [number]
  return most
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([ended, delay(5000).then(() => child.kill('SIGKILL'))])
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}

/** A token as the baseline knows it. */
export function signToken(user: { id: string; isAdmin: boolean }, secret: string): string {
  const payload = Buffer.from(
    JSON.stringify({ ...user, exp: Math.floor(Date.now() / 1000) + 86_400 }),
  ).toString('base64url')
  return `${payload}.${createHmac('sha256', secret).update(payload).digest('base64url')}`
}
