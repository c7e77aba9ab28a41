// Imports the company of the shared data into a server of its own, and leaves it running; with
// `--pictures <folder>` it takes pictures of the company's dashboard, too.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parseArgs } from 'node:util'

import { hasSharedData, sharedDataPath } from '../support/shared-data.ts'
import { ROOT_DIR } from '../support/test-config.ts'
import { readCompany } from './maven/company.ts'
import { type Figure, isRight } from './maven/compare-figures.ts'
import { type Credentials, signIn } from './maven/http-client.ts'
import { runMavenScenario } from './maven/maven-scenario.ts'
import { takeDashboard } from './maven/take-dashboard.ts'

type Server = ChildProcessByStdio<null, Readable, null>

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function run(): Promise<void> {
  if (!hasSharedData('maven-crm')) {
    say(
      `Skipped: ${sharedDataPath('maven-crm')} is not there (SHARED_DATA names the folder of test data)`,
    )
    return
  }
  const { pictures } = parseArgs({ options: { pictures: { type: 'string' } } }).values
  const dataDir = resolve(ROOT_DIR, process.env['DATA_DIR'] || '.data-maven')
  await requireEmpty(dataDir)
  const credentials = administrator()
  const server = startServer(dataDir, credentials)
  stopOnSignal(server)
  try {
    const address = await addressOf(server)
    const company = await readCompany(sharedDataPath('maven-crm'))
    say('')
    const { figures } = await runMavenScenario(await signIn(address, credentials), company, say)
    for (const line of figureLines(figures)) say(line)
    if (pictures !== undefined) await takeDashboard({ address, credentials, folder: pictures })
    for (const line of closingLines(address, credentials)) say(line)
    if (!figures.every(isRight)) process.exitCode = 1
  } catch (error) {
    server.kill('SIGTERM')
    throw error
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch(() => [])
  if (found.length === 0) return
  throw new Error(
    `${folder} is not empty. Remove it to import anew, name another folder with DATA_DIR, or look at what is in it: DATA_DIR=${folder} DEMO=none npm start`,
  )
}

function administrator(): Credentials {
  return {
    email: process.env['ADMIN_EMAIL'] || 'admin@maven.example.com',
    password: process.env['ADMIN_PASSWORD'] || randomBytes(12).toString('base64url'),
  }
}

/** The real server on a database of its own: whatever DATABASE_URL names is left alone. */
function startServer(dataDir: string, { email, password }: Credentials): Server {
  const env = {
    LOG_LEVEL: 'warn',
    ...process.env,
    DATA_DIR: dataDir,
    DATABASE_URL: '',
    DEMO: 'none',
    ADMIN_EMAIL: email,
    ADMIN_PASSWORD: password,
  }
  return spawn(process.execPath, [join(ROOT_DIR, 'server/src/main.ts')], {
    cwd: ROOT_DIR,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function stopOnSignal(server: Server): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => server.kill('SIGTERM'))
  }
}

/** Where the server says that it is; what it prints is passed on. @throws Error if it ends instead */
function addressOf(server: Server): Promise<string> {
  return new Promise((settle, reject) => {
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`The server ended with code ${code}`)))
    createInterface({ input: server.stdout }).on('line', (line) => {
      say(line)
      const address = /^\s+Runtime\s+(http\S+?)\/$/.exec(line)?.[1]
      if (address !== undefined) settle(address)
    })
  })
}

function figureLines(figures: readonly Figure[]): string[] {
  const wrong = figures.filter((figure) => !isRight(figure)).length
  return [
    '',
    columns('', '', 'ours', 'golden'),
    ...figures.map(figureLine),
    '',
    `${figures.length - wrong} of ${figures.length} figures are right, ${wrong} wrong`,
  ]
}

function figureLine(figure: Figure): string {
  const mark = isRight(figure) ? '✓' : '✗'
  return columns(`${mark} ${figure.of}`, figure.measure, shown(figure.ours), shown(figure.golden))
}

function columns(of: string, measure: string, ours: string, golden: string): string {
  return `${of.padEnd(32)}${measure.padEnd(10)}${ours.padStart(12)}${golden.padStart(14)}`
}

function shown(value: number | undefined): string {
  return value?.toLocaleString('en-US', { maximumFractionDigits: 6 }) ?? '–'
}

function closingLines(address: string, { email, password }: Credentials): string[] {
  return [
    '',
    'The server goes on; Ctrl-C ends it',
    `  Dashboard   ${address}/dashboards/maven`,
    `  Sign in as  ${email}   password: ${password}`,
  ]
}

try {
  await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
