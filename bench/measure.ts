import { setTimeout as delay } from 'node:timers/promises'

import autocannon from 'autocannon'

import type { Cell } from './cells.ts'
import { cpuBetween, readCpu } from './measure-cpu.ts'
import type { Server } from './servers.ts'

/** What one round of one cell cost one server: milliseconds of CPU per request. */
export interface Round {
  readonly server: number
  readonly database: number
  readonly total: number
  readonly perSecond: number
  readonly p99: number
}

/** How long and how hard. */
export interface Load {
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
  /** The process whose children serve the database. */
  readonly postmaster: number
}

const BEFORE_EACH_MS = 300

/** Runs a cell against both servers in turn, A B A B, after a short warming up. */
export async function measureCell(
  cell: Cell,
  servers: readonly Server[],
  load: Load,
): Promise<Record<Server['name'], Round[]>> {
  const rounds: Record<Server['name'], Round[]> = { engine: [], baseline: [] }
  for (const server of servers) await run(cell, server, { ...load, seconds: 1 })
  for (let round = 0; round < load.rounds; round++) {
    for (const server of servers) rounds[server.name].push(await run(cell, server, load))
  }
  return rounds
}

async function run(
  cell: Cell,
  server: Server,
  { seconds, connections, postmaster }: Load,
): Promise<Round> {
  await delay(BEFORE_EACH_MS)
  const before = { server: await readCpu(server.pid), database: await readCpu(postmaster, true) }
  const result = await autocannon({
    url: server.url,
    connections,
    duration: seconds,
    requests: cell.requests,
    headers: { ...server.callers[cell.as], 'content-type': 'application/json' },
  })
  // What was under way at the end is still answered, and was still paid for.
  await delay(BEFORE_EACH_MS)
  const after = { server: await readCpu(server.pid), database: await readCpu(postmaster, true) }
  const requests = result['2xx']
  if (requests === 0 || result.non2xx + result.errors > 0) {
    throw new Error(
      `${cell.name} on ${server.name}: ${requests} right, ${result.non2xx} refused, ${result.errors} failed`,
    )
  }
  const spent = {
    server: cpuBetween(before.server, after.server) / requests,
    database: cpuBetween(before.database, after.database) / requests,
  }
  return {
    ...spent,
    total: spent.server + spent.database,
    perSecond: requests / seconds,
    p99: result.latency.p99,
  }
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
