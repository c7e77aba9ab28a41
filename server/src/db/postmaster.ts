import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import type { PostgresUser } from './postgres-user.ts'
import { commandOf, isAlive } from './process-identity.ts'

const PID_FILE = 'postmaster.pid'
const START_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 30_000
// The line of postmaster.pid that holds the state.
const STATE_LINE = 7

/** What a postmaster needs to run. */
export interface PostmasterPlan {
  readonly program: string
  readonly clusterDir: string
  readonly port: number
  readonly user: PostgresUser | undefined
  readonly settings: Readonly<Record<string, string>>
  readonly logFile: string
}

/** A running postmaster. */
export interface Postmaster {
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL and waits until it accepts connections.
 *
 * @throws Error with the last lines of PostgreSQL's log when it does not come up.
 */
export async function startPostmaster(plan: PostmasterPlan): Promise<Postmaster> {
  const log = await open(plan.logFile, 'a', 0o600)
  const { size: logStart } = await log.stat()
  const child = spawn(plan.program, ['-D', plan.clusterDir, ...settingFlags(plan)], {
    ...plan.user,
    cwd: '/',
    // Detached: a Ctrl-C in the terminal must reach the server first, which then stops PostgreSQL.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, LC_MESSAGES: 'C', TZ: 'UTC' },
  })
  await log.close()
  const ended = endOf(child)
  const stopWatching = watchParent(child, plan)
  try {
    await untilReady(child, plan)
  } catch (error) {
    await stopChild(child, ended)
    stopWatching()
    throw new Error(`PostgreSQL did not start:\n${await readLog(plan.logFile, logStart)}`, {
      cause: error,
    })
  }
  void ended.then(stopWatching)
  return { ended, stop: () => stopChild(child, ended) }
}

function settingFlags({ port, settings }: PostmasterPlan): string[] {
  const all = { port: String(port), listen_addresses: '127.0.0.1', ...settings }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
}

async function untilReady(child: ChildProcess, { clusterDir }: PostmasterPlan): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  while (Date.now() < deadline) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new Error('PostgreSQL ended while starting')
    }
    const lines = await readPidFile(clusterDir)
    if (lines[0] === String(child.pid) && lines[STATE_LINE]?.trim() === 'ready') return
    await delay(20)
  }
  throw new Error('PostgreSQL took too long to start')
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  // SIGINT ends the sessions and writes a checkpoint; SIGQUIT does neither, the log is replayed.
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(signal)
    const timeout = new AbortController()
    const isEnded = await Promise.race([
      ended.then(() => true),
      delay(STOP_LIMIT_MS, false, { signal: timeout.signal }).catch(() => false),
    ])
    timeout.abort()
    if (isEnded) return
  }
}

// Waits for the end of its input, which comes when this process is gone, even by kill -9; then
// stops the postmaster unless it has ended by itself, in which case its pid file is gone or another's.
const WATCH = `trap '' INT TERM HUP
cat >/dev/null
runs() { [ "$(head -n 1 "$1/${PID_FILE}" 2>/dev/null)" = "$2" ]; }
runs "$@" && kill -INT "$2"
for wait in $(seq 60); do runs "$@" || exit 0; sleep 0.5; done
kill -QUIT "$2"`

function watchParent(child: ChildProcess, plan: PostmasterPlan): () => void {
  // Windows has no such shell; there, a postmaster left behind is found at the next start.
  if (process.platform === 'win32' || child.pid === undefined) return () => undefined
  const watcher = spawn('sh', ['-c', WATCH, 'watch', plan.clusterDir, String(child.pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.on('error', () => undefined)
  watcher.stdin.on('error', () => undefined)
  watcher.unref()
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref()
  return () => watcher.stdin.end()
}

async function readPidFile(clusterDir: string): Promise<string[]> {
  const text = await readFile(join(clusterDir, PID_FILE), 'utf8').catch(() => '')
  return text.split('\n')
}

async function readLog(path: string, from: number): Promise<string> {
  const text = await readFile(path).catch(() => Buffer.alloc(0))
  return text.subarray(from).toString('utf8').trim().split('\n').slice(-8).join('\n')
}

/** Stops a postmaster that an earlier server left running on this cluster, and clears its traces. */
export async function stopStalePostmaster(clusterDir: string): Promise<void> {
  const pid = Number((await readPidFile(clusterDir))[0])
  if (!Number.isSafeInteger(pid) || pid <= 0) return
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!(await isPostmasterOf(clusterDir, pid))) break
    kill(pid, signal)
    const deadline = Date.now() + STOP_LIMIT_MS
    while (Date.now() < deadline && (await isPostmasterOf(clusterDir, pid))) await delay(50)
  }
  // PostgreSQL refuses to start while its pid file names any living process, even one that only
  // inherited the number.
  await rm(join(clusterDir, PID_FILE), { force: true })
}

async function isPostmasterOf(clusterDir: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform === 'win32') return true
  return (await commandOf(pid))?.includes(clusterDir) ?? false
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended between the look and the signal.
  }
}
