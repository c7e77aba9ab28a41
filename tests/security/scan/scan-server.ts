import { chmod, mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createApp } from '@trellis/server'
import { loadConfig } from '@trellis/server/config'
import { loadSecret } from '@trellis/server/db'

import { KeyRing } from '../../../server/src/access/key-ring.ts'
import { ensureDemo } from '../../../server/src/ensure-demo.ts'
import { ensureAdministrator } from '../../../server/src/first-administrator.ts'
import { type Installation, openInstallation } from '../../../server/src/installation.ts'
import { startJobs } from '../../../server/src/jobs/start-jobs.ts'
import { plantHole } from './planted-hole.ts'

/** A person of the demo company, signed in: what a request of theirs carries. */
export interface Session {
  readonly cookie: string
  readonly 'x-csrf-token': string
}

/** An answer that no request should get. */
export interface ServerFault {
  readonly status: number
  readonly request: string
}

/** A server of ours with the demo company, on the loopback interface alone. */
export interface ScanServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly address: string
  readonly admin: Session
  readonly rep: Session
  /** How many requests came with a `User-Agent`, by status. */
  answersTo(agent: string): ReadonlyMap<number, number>
  /** Every answer of 500 and above so far. */
  readonly faults: readonly ServerFault[]
  /** The address of a server with a hole on the same database: the scanner has to find it. */
  readonly hole: string
  /** How many imports ended in something other than being done. */
  brokenImports(): Promise<number>
  stop(): Promise<void>
}

const ADMIN = { email: 'admin@example.com', password: 'a long password for the scan' }
const REP = 'wang.zimo@example.com'
/** A scan asks more often than people do; what bounds them is tested in `limits.test.ts`. */
const NO_BOUND = 1_000_000

/** Starts the server in this process, with a PostgreSQL and a data folder that are gone afterwards. */
export async function startScanServer(log: (line: string) => void): Promise<ScanServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trellis-scan-'))
  // PostgreSQL's own account must be able to pass through.
  await chmod(dataDir, 0o711)
  const config = loadConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    LOG_LEVEL: 'error',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  })
  const installation = await openInstallation(config, log)
  const { userId } = await ensureAdministrator(installation, config)
  const password = await ensureDemo(installation, userId, log)
  const app = await createAppOf(installation)
  const seen = watchAnswers(app.server)
  const stopJobs = await startJobs(installation, { log })
  const hole = await plantHole(installation.db)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return {
    address,
    admin: await signIn(address, ADMIN),
    rep: await signIn(address, { email: REP, password }),
    ...seen,
    hole: hole.address,
    brokenImports: async () => {
      const [row] = await installation.db.query<{ count: string }>(
        `select count(*) as count from main._import where status not in ('done', 'pending', 'running')`,
      )
      return Number(row?.count)
    },
    stop: async () => {
      await hole.stop()
      await stopJobs()
      await app.close()
      await installation.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function createAppOf(installation: Installation): ReturnType<typeof createApp> {
  const { config, db, currentModel, target } = installation
  const secret = async (name: string): Promise<Buffer> =>
    Buffer.from(await loadSecret(config.dataDir, name), 'base64url')
  const secrets = {
    cursorKey: await secret('cursor_key'),
    sealKeys: new KeyRing([await secret('cookie_key')]),
  }
  return createApp(
    { config, db, currentModel, target, secrets },
    {
      accountFactor: NO_BOUND,
      requestsPerMinute: NO_BOUND,
      signInLimits: { perAccount: NO_BOUND, perAddress: NO_BOUND },
    },
  )
}

type HttpServer = Awaited<ReturnType<typeof createApp>>['server']

function watchAnswers(server: HttpServer): Pick<ScanServer, 'answersTo' | 'faults'> {
  const counts = new Map<string, Map<number, number>>()
  const faults: ServerFault[] = []
  server.on('request', (request, response) => {
    response.once('finish', () => {
      const agent = request.headers['user-agent'] ?? ''
      const ofAgent = counts.get(agent) ?? new Map<number, number>()
      counts.set(agent, ofAgent)
      const { statusCode: status } = response
      ofAgent.set(status, (ofAgent.get(status) ?? 0) + 1)
      if (status >= 500) {
        faults.push({ status, request: `${request.method} ${request.url} (${agent})` })
      }
    })
  })
  return { faults, answersTo: (agent) => counts.get(agent) ?? new Map() }
}

async function signIn(
  address: string,
  who: { readonly email: string; readonly password: string },
): Promise<Session> {
  const answer = await fetch(`${address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(who),
  })
  if (!answer.ok) throw new Error(`${who.email} could not sign in: ${await answer.text()}`)
  const { csrf_token: token } = (await answer.json()) as { csrf_token: string }
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { cookie, 'x-csrf-token': token }
}
