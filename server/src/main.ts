import { KeyRing } from './access/key-ring.ts'
import type { Secrets } from './app.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { DataDirInUse, loadSealKeys, loadSecret } from './db/index.ts'
import { ensureDemo } from './ensure-demo.ts'
import { errorText } from './error-text.ts'
import { ensureAdministrator, type FirstAdministrator } from './first-administrator.ts'
import { openInstallation, openPlatform } from './installation.ts'
import { serveTenant } from './serve-tenant.ts'
import { EveryTenant } from './tenants/every-tenant.ts'
import { keepMoves } from './tenants/keep-moves.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Who may sign in, as it is shown at the end of a start. */
interface Doors {
  admin: FirstAdministrator
  demoPassword?: string
}

/** Starts everything and says where it is. */
async function start(): Promise<void> {
  const config = loadConfig()
  await (config.servesAll ? startAll(config) : startOne(config))
}

async function startOne(config: Config): Promise<void> {
  const began = performance.now()
  const installation = await openInstallation(config, say)
  const stop = stopOnSignal(() => installation.close())
  const admin = await ensureAdministrator(installation, config)
  const demoPassword = config.demo ? await ensureDemo(installation, admin.userId, say) : undefined
  const served = await serveTenant(installation, await loadSecrets(config), say)
  stop.alsoClose(() => served.stop())
  stop.alsoClose(keepMoves(installation.platform, { tenant: config.tenant, log: say }))
  const address = await served.app.listen({ host: config.host, port: config.port })
  announce(
    address,
    { admin, ...(demoPassword === undefined ? {} : { demoPassword }) },
    (performance.now() - began) / 1000,
  )
}

/** Serves every tenant by its host names. */
async function startAll(config: Config): Promise<void> {
  const platform = await openPlatform(config, say)
  const stop = stopOnSignal(() => platform.close())
  const every = new EveryTenant(platform, await loadSecrets(config), say)
  stop.alsoClose(() => every.stop())
  stop.alsoClose(keepMoves(platform, { log: say }))
  const port = await every.start()
  say(`\nTrellis is ready at http://${config.host}:${port}/, for the host names of its tenants`)
  say('  npm run crm -- tenant list tells them')
}

async function loadSecrets({ dataDir }: Config): Promise<Secrets> {
  const cursorKey = Buffer.from(await loadSecret(dataDir, 'cursor_key'), 'base64url')
  return { cursorKey, sealKeys: await KeyRing.open(() => loadSealKeys(dataDir)) }
}

function announce(address: string, doors: Doors, seconds: number): void {
  const { admin, demoPassword } = doors
  say(`\nTrellis is ready (${seconds.toFixed(1)} s)`)
  say(`  Runtime            ${address}/`)
  say(`  Studio             ${address}/studio/`)
  say(`  API documentation  ${address}/api/docs`)
  say('Who may sign in')
  say(
    `  ${admin.email}${admin.oneTimePassword === undefined ? '' : `   one-time password, shown only now: ${admin.oneTimePassword}`}`,
  )
  if (demoPassword === undefined) return
  say(
    '  wu.haoran@example.com (administrator), lin.ruoxi@example.com (director), chen.zeyu@example.com (manager),',
  )
  say(`  wang.zimo@example.com (sales)   password of the demo company's people: ${demoPassword}`)
}

/** Closes everything once when the process is told to end, then ends it. */
function stopOnSignal(close: () => Promise<unknown>): {
  alsoClose(close: () => Promise<unknown>): void
} {
  const closers: (() => Promise<unknown>)[] = [close]
  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    for (const one of closers) await one().catch((error: unknown) => say(String(error)))
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop())
  }
  return { alsoClose: (earlier) => void closers.unshift(earlier) }
}

try {
  await start()
} catch (error) {
  const isForeseen = error instanceof ConfigError || error instanceof DataDirInUse
  process.stderr.write(`${errorText(error, isForeseen)}\n`)
  process.exit(1)
}
