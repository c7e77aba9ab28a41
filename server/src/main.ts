import { KeyRing } from './access/key-ring.ts'
import { createApp } from './app.ts'
import { checkpointsFile, noteCheckpoint } from './audit/index.ts'
import { ConfigError, loadConfig } from './config.ts'
import { DataDirInUse, loadSealKeys, loadSecret } from './db/index.ts'
import { ensureDemo } from './ensure-demo.ts'
import { errorText } from './error-text.ts'
import { ensureAdministrator, type FirstAdministrator } from './first-administrator.ts'
import { type Installation, openInstallation } from './installation.ts'
import { startJobs } from './jobs/start-jobs.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Who may sign in, as it is shown at the end of a start. */
interface Doors {
  admin: FirstAdministrator
  demoPassword?: string
}

/** Starts everything and says where it is. */
async function start(): Promise<void> {
  const began = performance.now()
  const config = loadConfig()
  const installation = await openInstallation(config, say)
  const stop = stopOnSignal(installation)
  const admin = await ensureAdministrator(installation, config)
  const demoPassword = config.demo ? await ensureDemo(installation, admin.userId, say) : undefined
  const { dataDir } = config
  const cursorKey = Buffer.from(await loadSecret(dataDir, 'cursor_key'), 'base64url')
  const secrets = { cursorKey, sealKeys: await KeyRing.open(() => loadSealKeys(dataDir)) }
  const app = await createApp({
    config,
    db: installation.db,
    currentModel: installation.currentModel,
    target: installation.target,
    secrets,
  })
  stop.alsoClose(() => app.close())
  await noteCheckpoint(installation.db, installation.target.schema, checkpointsFile(dataDir))
  stop.alsoClose(await startJobs(installation, { log: say }))
  const address = await app.listen({ host: config.host, port: config.port })
  announce(
    address,
    { admin, ...(demoPassword === undefined ? {} : { demoPassword }) },
    (performance.now() - began) / 1000,
  )
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
function stopOnSignal(installation: Installation): {
  alsoClose(close: () => Promise<unknown>): void
} {
  const closers: (() => Promise<unknown>)[] = [() => installation.close()]
  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    for (const close of closers) await close().catch((error: unknown) => say(String(error)))
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop())
  }
  return { alsoClose: (close) => void closers.unshift(close) }
}

try {
  await start()
} catch (error) {
  const isForeseen = error instanceof ConfigError || error instanceof DataDirInUse
  process.stderr.write(`${errorText(error, isForeseen)}\n`)
  process.exit(1)
}
