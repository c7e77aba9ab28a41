import { Agent, request } from 'node:http'

import { median } from './measure.ts'

/** Who asks, by name, with the headers by which they are known. */
export type AccessCallers = Readonly<Record<string, Readonly<Record<string, string>>>>

/** One question that everybody asks. `nth` varies what is looked for. */
export interface Operation {
  readonly name: string
  readonly method: 'GET' | 'POST'
  path(nth: number, caller: string): string
  readonly body?: unknown
}

/** How long one caller waited for one operation, in milliseconds. */
export interface Waited {
  readonly operation: string
  readonly caller: string
  readonly p50: number
  readonly p95: number
  /** How often each caller asked. */
  readonly requests: number
  /** Of the records or groups that were answered last. */
  readonly answered: number
  /** The p95 and the p50 to the administrator's in the same rounds. */
  readonly ratio: number
  readonly middleRatio: number
}

const WARM_UP = 12
// What takes long is asked less often.
const LONGEST_MS = 45_000
const FEWEST = 30

/**
 * Asks an operation in turn for every caller, one request at a time on one connection: as often as was said, or for
 * three quarters of a minute if that is shorter and each has asked thirty times.
 */
export async function measureOperation(
  url: string,
  operation: Operation,
  { callers, requests }: { callers: AccessCallers; requests: number },
): Promise<Waited[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const names = Object.keys(callers)
  const times = new Map(names.map((name) => [name, [] as number[]]))
  const answered = new Map<string, number>()
  const started = performance.now()
  const isLong = (nth: number): boolean => nth >= FEWEST && performance.now() - started > LONGEST_MS
  for (let nth = -WARM_UP; nth < requests && !isLong(nth); nth++) {
    for (const name of names) {
      const path = operation.path(Math.abs(nth), name)
      const asked = { method: operation.method, headers: callers[name] ?? {}, agent }
      const { milliseconds, body } = await ask(`${url}${path}`, asked, operation.body)
      if (nth < 0) continue
      times.get(name)?.push(milliseconds)
      answered.set(name, countOf(body))
    }
  }
  agent.destroy()
  const p95Of = (name: string): number => percentile(times.get(name) ?? [], 0.95)
  const p50Of = (name: string): number => median(times.get(name) ?? [])
  return names.map((caller) => ({
    operation: operation.name,
    caller,
    p50: round(p50Of(caller)),
    p95: round(p95Of(caller)),
    requests: times.get(caller)?.length ?? 0,
    answered: answered.get(caller) ?? 0,
    ratio: round(p95Of(caller) / p95Of('admin')),
    middleRatio: round(p50Of(caller) / p50Of('admin')),
  }))
}

interface Asked {
  method: string
  headers: Readonly<Record<string, string>>
  agent: Agent
}

/** Sends one request and waits for the whole answer. @throws Error if it is refused */
export function ask(
  url: string,
  { method, headers, agent }: Asked,
  body?: unknown,
): Promise<{ milliseconds: number; body: string }> {
  const started = performance.now()
  const sent = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const type = sent === undefined ? {} : { 'content-type': 'application/json' }
    const outgoing = request(url, { method, agent, headers: { ...headers, ...type } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const milliseconds = performance.now() - started
        if (answer.statusCode === 200) resolve({ milliseconds, body: text })
        else reject(new Error(`${method} ${url}: ${answer.statusCode} ${text.slice(0, 500)}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(sent)
  })
}

function countOf(body: string): number {
  const { records, groups } = JSON.parse(body) as { records?: unknown[]; groups?: unknown[] }
  return (records ?? groups ?? [1]).length
}

function percentile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
