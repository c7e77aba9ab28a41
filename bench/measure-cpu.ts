import { readdir, readFile } from 'node:fs/promises'

// The unit of /proc/<pid>/stat on every Linux that Node runs on.
const TICKS_PER_SECOND = 100

/** CPU time of processes, in milliseconds by process id. */
export type CpuTimes = ReadonlyMap<number, number>

/** CPU time, in user and system mode, of one process and, if asked, of its children. */
export async function readCpu(pid: number, withChildren = false): Promise<CpuTimes> {
  const pids = withChildren ? [pid, ...(await childrenOf(pid))] : [pid]
  const times = await Promise.all(pids.map(async (one) => [one, await cpuOf(one)] as const))
  return new Map(times.flatMap(([one, time]) => (time === undefined ? [] : [[one, time]])))
}

/** The CPU time that passed between two readings; of processes that ended meanwhile nothing is known. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): number {
  let sum = 0
  for (const [pid, time] of after) sum += time - (before.get(pid) ?? 0)
  return sum
}

/** The most memory that a process has in use now, in mebibytes. */
export async function readMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

async function cpuOf(pid: number): Promise<number | undefined> {
  const fields = await statOf(pid)
  if (fields === undefined) return undefined
  // utime and stime, the 14th and 15th field; ours begin behind the name, at the 3rd.
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => ({ pid, ppid: Number((await statOf(pid))?.[1]) })),
  )
  return found.filter(({ ppid }) => ppid === parent).map(({ pid }) => pid)
}

async function statOf(pid: number): Promise<string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name in brackets may hold spaces.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}
