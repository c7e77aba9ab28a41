import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { makeCells } from './cells.ts'
import { readMemory } from './measure-cpu.ts'
import { type Load, measureCell } from './measure.ts'
import { prepareServers } from './prepare-servers.ts'
import { type CellResult, HEAD, lineOf, type Results, summarize, toMarkdown } from './report.ts'
import { sameAnswers } from './same-answers.ts'
import { type Sizes, sizesFor } from './seed.ts'
import type { Server } from './servers.ts'
import { type BenchGround, withPostgres } from './with-postgres.ts'

const RESULTS = fileURLToPath(new URL('results/', import.meta.url))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const scale = Number(process.env['BENCH_SCALE'] ?? 1)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7)
const seconds = Number(process.env['BENCH_SECONDS'] ?? 3)
const only = process.env['BENCH_ONLY']?.split(',')

// Nothing that comes at its own time may fall into one round and not into its neighbour.
const settings = {
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  max_wal_size: '8GB',
  shared_buffers: '512MB',
  // The wait for the disk costs both the same, and on a shared machine it may last for seconds.
  synchronous_commit: 'off',
}
await withPostgres('main', { settings, say }, run)

async function run({ databaseUrl, dataDir, postmaster }: BenchGround): Promise<void> {
  const sizes = sizesFor(scale)
  const servers = await prepareServers({ databaseUrl, dataDir, say }, sizes)
  try {
    const load: Load = { rounds, seconds, connections: 32, postmaster }
    const cells = makeCells(sizes).filter(({ name }) => only?.includes(name) ?? true)
    for (const cell of cells) await sameAnswers(cell, servers)
    say(`\n${HEAD}`)
    const results: CellResult[] = []
    for (const cell of cells) {
      const result = summarize(cell, await measureCell(cell, servers, load))
      results.push(result)
      say(lineOf(result))
    }
    await report(results, servers, { load, sizes })
  } finally {
    for (const server of servers) await server.stop()
  }
}

async function report(
  cells: CellResult[],
  servers: readonly Server[],
  { load, sizes }: { load: Load; sizes: Sizes },
): Promise<void> {
  const memory = Object.fromEntries(
    await Promise.all(servers.map(async ({ name, pid }) => [name, await readMemory(pid)])),
  ) as Results['memory']
  const { postmaster: _, ...shownLoad } = load
  const results: Results = {
    at: new Date().toISOString(),
    machine: { node: process.version, cores: availableParallelism(), cpu: cpus()[0]?.model ?? '' },
    load: { ...shownLoad },
    sizes: { ...sizes },
    memory,
    cells,
  }
  say(`\nmemory after the run: engine ${memory.engine} MiB, baseline ${memory.baseline} MiB`)
  if (only !== undefined) return
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, 'latest.json'), `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(join(RESULTS, 'latest.md'), toMarkdown(results))
}
