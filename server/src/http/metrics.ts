import type { FastifyInstance } from 'fastify'

import type { Context } from '../access/context.ts'

type ConnectionCounts = ReturnType<Context['db']['connections']>

/** Upper bounds of the duration buckets, in seconds. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 2.5, 10] as const

interface Durations {
  count: number
  sum: number
  readonly buckets: number[]
}

/** Counts requests by route and status, and tells it as Prometheus reads it. */
export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #durations = new Map<string, Durations>()

  /** Counts every request of an app. */
  observe(app: FastifyInstance): void {
    app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
      // Only routes that exist become labels; what a client makes up would grow without bound.
      const labels = `method="${method}",route="${routeOptions.url ?? ''}"`
      const byStatus = `${labels},status="${statusCode}"`
      this.#requests.set(byStatus, (this.#requests.get(byStatus) ?? 0) + 1)
      this.#measure(labels, elapsedTime / 1000)
    })
  }

  /** Everything counted so far, with the state of the process and of its connections. */
  print({ open, idle, waiting }: ConnectionCounts): string {
    const { rss, heapUsed } = process.memoryUsage()
    const connections = new Map([
      ['state="idle"', idle],
      ['state="busy"', open - idle],
    ])
    return [
      ...family('http_requests_total', 'counter', this.#requests),
      ...this.#printDurations(),
      ...family('database_connections', 'gauge', connections),
      ...family('database_requests_waiting', 'gauge', new Map([['', waiting]])),
      ...family('process_resident_memory_bytes', 'gauge', new Map([['', rss]])),
      ...family('nodejs_heap_used_bytes', 'gauge', new Map([['', heapUsed]])),
      ...family('process_cpu_seconds_total', 'counter', new Map([['', cpuSeconds()]])),
      ...family('process_uptime_seconds', 'gauge', new Map([['', process.uptime()]])),
      '',
    ].join('\n')
  }

  #measure(labels: string, seconds: number): void {
    const durations = this.#durations.get(labels) ?? {
      count: 0,
      sum: 0,
      buckets: BUCKETS.map(() => 0),
    }
    durations.count += 1
    durations.sum += seconds
    for (const [index, bound] of BUCKETS.entries()) {
      if (seconds <= bound) durations.buckets[index] = (durations.buckets[index] ?? 0) + 1
    }
    this.#durations.set(labels, durations)
  }

  #printDurations(): string[] {
    const name = 'http_request_duration_seconds'
    const lines = [...this.#durations].flatMap(([labels, { count, sum, buckets }]) => [
      ...BUCKETS.map((bound, at) => `${name}_bucket{${labels},le="${bound}"} ${buckets[at]}`),
      `${name}_bucket{${labels},le="+Inf"} ${count}`,
      `${name}_sum{${labels}} ${sum}`,
      `${name}_count{${labels}} ${count}`,
    ])
    return [`# TYPE ${name} histogram`, ...lines]
  }
}

function family(name: string, type: string, values: ReadonlyMap<string, number>): string[] {
  const lines = [...values].map(([labels, value]) =>
    labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`,
  )
  return [`# TYPE ${name} ${type}`, ...lines]
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
