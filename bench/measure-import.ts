import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

import type { ImportJob } from '@trellis/metamodel'

import type { ImportCase } from './import-files.ts'
import { cpuBetween, readCpu } from './measure-cpu.ts'
import type { Server } from './servers.ts'

/** What an import, or the taking back of one, came to. */
export interface ImportResult {
  readonly name: string
  readonly rows: number
  readonly columns: number
  /** From the first byte of the request until the job is done. */
  readonly seconds: number
  /** How much of that the caller waited for the file to be taken in. */
  readonly takenInSeconds: number
  readonly rowsPerSecond: number
  /** CPU per thousand rows, in milliseconds. */
  readonly serverCpu: number
  readonly databaseCpu: number
  /** The most memory that the server process had beyond what it had before, in mebibytes. */
  readonly extraMemory: number
}

/** The server that imports, and the process under which its PostgreSQL serves. */
export interface ImportGround {
  readonly server: Server
  readonly postmaster: number
}

const LOOK_EVERY_MS = 100

/** Sends a file, waits until it is imported, and, where the case says so, takes it back. */
export async function measureImport(
  ground: ImportGround,
  one: ImportCase,
): Promise<ImportResult[]> {
  const { job, result } = await measured(ground, one, one.name, () => send(ground.server, one))
  if (job.failed !== one.refused || job.processed !== one.rows) {
    throw new Error(`${one.name}: ${JSON.stringify(job)}`)
  }
  if (!one.isUndone) return [result]
  const undone = await measured(ground, one, `undo of: ${one.name}`, () =>
    call(ground.server, `/${job.id}/undo`, { method: 'POST' }),
  )
  if (undone.job.status !== 'undone' || undone.job.errors_total > 0) {
    throw new Error(`${one.name}: ${JSON.stringify(undone.job)}`)
  }
  return [result, undone.result]
}

async function measured(
  { server, postmaster }: ImportGround,
  { rows, columns }: ImportCase,
  name: string,
  begin: () => Promise<ImportJob>,
): Promise<{ job: ImportJob; result: ImportResult }> {
  const [serverCpu, databaseCpu] = [await readCpu(server.pid), await readCpu(postmaster, true)]
  const memory = await forgetPeak(server.pid)
  const start = performance.now()
  const { id } = await begin()
  const takenIn = performance.now()
  const job = await whenFinished(server, id)
  const seconds = (performance.now() - start) / 1000
  const perThousand = (from: typeof serverCpu, to: typeof serverCpu): number =>
    rounded((cpuBetween(from, to) * 1000) / rows)
  const result = {
    name,
    rows,
    columns,
    seconds: rounded(seconds),
    takenInSeconds: rounded((takenIn - start) / 1000),
    rowsPerSecond: Math.round(rows / seconds),
    serverCpu: perThousand(serverCpu, await readCpu(server.pid)),
    databaseCpu: perThousand(databaseCpu, await readCpu(postmaster, true)),
    extraMemory: (await readPeak(server.pid)) - memory,
  }
  return { job, result }
}

const rounded = (value: number): number => Math.round(value * 10) / 10

function send(server: Server, { csv, fields }: ImportCase): Promise<ImportJob> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob([csv]), 'bench.csv')
  return call(server, '', { method: 'POST', body: form })
}

async function call(server: Server, path: string, init: RequestInit = {}): Promise<ImportJob> {
  const headers = { ...server.callers.admin }
  const answer = await fetch(`${server.url}/api/v1/imports${path}`, { ...init, headers })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as ImportJob
}

async function whenFinished(server: Server, id: string): Promise<ImportJob> {
  for (;;) {
    const job = await call(server, `/${id}`)
    if (job.status !== 'pending' && job.status !== 'running') return job
    await delay(LOOK_EVERY_MS)
  }
}

/** Lets the kernel count the peak of a process anew. @returns what it has in use now, in mebibytes */
async function forgetPeak(pid: number): Promise<number> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  return readPeak(pid)
}

async function readPeak(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
