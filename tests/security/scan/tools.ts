import { execFile, spawn } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** How a scanner ended. */
export interface ToolOutcome {
  readonly output: string
  /** It was ended because it took too long. */
  readonly isCutOff: boolean
}

const SCANNERS = ['sqlmap', 'wapiti'] as const

/**
 * The versions of both scanners; installs what is missing, as root on Debian.
 *
 * @throws Error saying what to install, where that cannot be done here
 */
export async function ensureScanners(): Promise<Readonly<Record<string, string>>> {
  const missing: string[] = []
  for (const name of SCANNERS) if (!(await isInstalled(name))) missing.push(name)
  if (missing.length > 0) await install(missing)
  const versions = await Promise.all(SCANNERS.map(async (name) => [name, await versionOf(name)]))
  return Object.fromEntries(versions)
}

async function isInstalled(name: string): Promise<boolean> {
  return run('sh', ['-c', `command -v ${name}`]).then(
    () => true,
    () => false,
  )
}

async function install(names: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0 || !(await isInstalled('apt-get'))) {
    throw new Error(`Install the Debian packages ${names.join(' and ')} first`)
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], { env })
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env })
}

async function versionOf(name: string): Promise<string> {
  const { stdout } = await run(name, ['--version'])
  return /\d+\.\d+(\.\d+)?/.exec(stdout)?.[0] ?? 'unknown'
}

/**
 * Runs a scanner to its end. wapiti follows links: for any address but those of the loopback interface it is
 * told of a proxy that is not there. sqlmap asks what it is given and nobody else.
 */
export async function runTool(
  name: (typeof SCANNERS)[number],
  parameters: readonly string[],
  { seconds }: { seconds: number },
): Promise<ToolOutcome> {
  const child = spawn(name, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LANG: 'C.UTF-8',
      ...(name === 'wapiti' ? LOOPBACK_ALONE : {}),
    },
  })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  let isCutOff = false
  const timer = setTimeout(() => {
    isCutOff = true
    child.kill('SIGKILL')
  }, seconds * 1000)
  await new Promise((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  clearTimeout(timer)
  return { output: Buffer.concat(parts).toString(), isCutOff }
}

const NOWHERE = 'http://127.0.0.1:9'
const LOOPBACK_ALONE = { HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE, NO_PROXY: '127.0.0.1' }
