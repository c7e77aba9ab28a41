import { setTimeout as delay } from 'node:timers/promises'

import type { Sample, SteadyLoad } from './publish-load.ts'
import type { Operation } from './publish-operations.ts'
import type { Server } from './servers.ts'

/** What a publish under load came to; times in milliseconds. */
export interface PublishResult {
  name: string
  inSteps: boolean
  /** What the plan took that people read before: the tests of the package are run with it. */
  planned: number
  /** From the request until the release is live, and until everything is cleaned up. */
  live: number
  done: number
  requests: number
  failed: number
  failures: readonly string[]
  longest: number
  longestWrite: number
  p99Before: number
  p99During: number
  /** For how long the event loop of either process was held at most, while it was planned and published. */
  held: number
}

const QUIET_MS = 6000
/** So long after the end what comes late still counts. */
const AFTER_MS = 1500

/**
 * Plans and publishes while the load goes on, as people do: through the first of the processes. Compares the waits
 * before with those meanwhile.
 */
export async function measurePublish(
  servers: readonly [Server, ...Server[]],
  load: SteadyLoad,
  operation: Operation,
): Promise<PublishResult> {
  const [server] = servers
  const changeSet = operation.isRollback === true ? '' : await prepare(server, operation)
  const quietFrom = performance.now()
  await delay(QUIET_MS)
  const asked = performance.now()
  await longestHold(servers)
  if (operation.isRollback !== true) await call(server, 'POST', `changesets/${changeSet}/plan`, {})
  const began = performance.now()
  const published =
    operation.isRollback === true
      ? await rollBack(server)
      : await call(server, 'POST', `changesets/${changeSet}/publish`, {})
  const answered = performance.now()
  const id = published.publish?.id
  const times = id === undefined ? { live: answered, done: answered } : await follow(server, id)
  await delay(AFTER_MS)
  const ended = performance.now()
  const before = load.samples.filter(({ at }) => at >= quietFrom && at < asked)
  const during = load.samples.filter(({ at, took }) => at + took >= asked && at < ended)
  const failures = during.flatMap(({ failure }) => failure ?? [])
  const longest = (samples: readonly Sample[]): number =>
    Math.round(samples.reduce((most, { took }) => Math.max(most, took), 0))
  return {
    name: operation.name,
    inSteps: id !== undefined,
    planned: Math.round(began - asked),
    live: Math.round(times.live - began),
    done: Math.round(times.done - began),
    requests: during.length,
    failed: failures.length,
    failures: [...new Set(failures)].slice(0, 3),
    longest: longest(during),
    longestWrite: longest(during.filter(({ isWrite }) => isWrite)),
    p99Before: percentile(before),
    p99During: percentile(during),
    held: await longestHold(servers),
  }
}

/** Of all of them, since it was asked last. */
async function longestHold(servers: readonly Server[]): Promise<number> {
  return Math.max(...(await Promise.all(servers.map((server) => server.longestHold()))))
}

/** A change set with the edits of an operation. */
export async function prepare(server: Server, { name, puts }: Operation): Promise<string> {
  const { id } = await call(server, 'POST', 'changesets', { label: name })
  for (const [kind, component, definition] of puts) {
    const path = `changesets/${id}/${kind}/${component}`
    await (definition ? call(server, 'PUT', path, definition) : call(server, 'DELETE', path))
  }
  return id
}

async function rollBack(server: Server): Promise<Answer> {
  const { releases } = await call(server, 'GET', 'releases')
  return call(server, 'POST', `releases/${releases[1]?.release}/rollback`, {})
}

async function follow(server: Server, id: string): Promise<{ live: number; done: number }> {
  let live: number | undefined
  for (;;) {
    const { status, release, error } = await call(server, 'GET', `publishes/${id}`)
    if (release !== null) live ??= performance.now()
    if (status === 'done') return { live: live ?? performance.now(), done: performance.now() }
    if (status !== 'running') throw new Error(`The publish is ${status}: ${error}`)
    await delay(50)
  }
}

interface Answer {
  id: string
  status: string
  release: number | null
  error: string | null
  publish?: { id: string }
  releases: { release: number }[]
}

/** Asks the API of metadata. @throws Error with what it said if it refuses */
export async function call(
  server: Server,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(`${server.url}/api/v1/meta/${path}`, {
    method,
    headers: { ...server.callers.admin, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 1000)}`)
  return (text === '' ? {} : JSON.parse(text)) as Answer
}

function percentile(samples: readonly Sample[]): number {
  const sorted = samples.map(({ took }) => took).toSorted((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0)
}
