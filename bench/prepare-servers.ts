import { randomBytes } from 'node:crypto'

import { Sessions } from '../server/src/access/sessions.ts'
import { loadConfig } from '../server/src/config.ts'
import { ensureAdministrator } from '../server/src/first-administrator.ts'
import { openInstallation } from '../server/src/installation.ts'
import { idOf, seed, type Sizes } from './seed.ts'
import { type Callers, type Server, signToken, startServer } from './servers.ts'

/** Where both servers find their data. */
export interface Ground {
  readonly databaseUrl: string
  readonly dataDir: string
  readonly say: (line: string) => void
}

type Users = Readonly<Record<'admin' | 'rep', string>>

/** Installs the CRM app, makes the data, signs an administrator and a representative in, and starts both servers on it. */
export async function prepareServers(
  { databaseUrl, dataDir, say }: Ground,
  sizes: Sizes,
): Promise<Server[]> {
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    STATEMENT_TIMEOUT_MS: '3600000',
    ADMIN_EMAIL: 'admin@bench.example',
    ADMIN_PASSWORD: randomBytes(18).toString('base64url'),
  })
  const installation = await openInstallation(config, say)
  try {
    const { userId } = await ensureAdministrator(installation, config)
    say(`Making ${sizes.accounts} accounts and ${sizes.opportunities} opportunities`)
    await seed(installation.db, installation.currentModel.release, sizes)
    const users: Users = { admin: userId, rep: idOf('user', 7) }
    const sessions = new Sessions(installation.db, 'main')
    return [
      await startEngine(
        { databaseUrl, dataDir, say },
        { admin: await signIn(sessions, users.admin), rep: await signIn(sessions, users.rep) },
      ),
      await startBaseline(databaseUrl, users),
    ]
  } finally {
    await installation.close()
  }
}

async function signIn(sessions: Sessions, userId: string): Promise<Record<string, string>> {
  const { token, csrfToken } = await sessions.start({ tenant: 'main', userId })
  return { cookie: `trellis_session=${token}`, 'x-csrf-token': csrfToken }
}

function startEngine({ databaseUrl, dataDir }: Ground, callers: Callers): Promise<Server> {
  const environment = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    DEMO: 'none',
    LOG_LEVEL: 'error',
  }
  return startServer(
    { name: 'engine', entry: '../server/src/main.ts', probe: '/readyz', environment },
    callers,
  )
}

function startBaseline(databaseUrl: string, users: Users): Promise<Server> {
  const secret = randomBytes(32).toString('base64url')
  const caller = (id: string, isAdmin: boolean): Record<string, string> => ({
    authorization: `Bearer ${signToken({ id, isAdmin }, secret)}`,
  })
  const environment = { DATABASE_URL: databaseUrl, TOKEN_SECRET: secret }
  return startServer(
    { name: 'baseline', entry: 'baseline.ts', probe: '/api/v1/records/account', environment },
    { admin: caller(users.admin, true), rep: caller(users.rep, false) },
  )
}
