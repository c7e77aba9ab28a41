import { loadSecret } from './db/index.ts'
import { generateDemo } from './demo/generate-demo.ts'
import { isEmptyTenant, loadDemo } from './demo/load-demo.ts'
import { type Installation, type Log, systemContext } from './installation.ts'

/** Loads demo data into a tenant that has none. @returns the password of its users */
export async function ensureDemo(installation: Installation, userId: string, log: Log): Promise<string> {
  const { db, currentModel, config } = installation
  const context = systemContext(db, currentModel.release, userId, 'demo')
  const password = await loadSecret(config.dataDir, 'demo_password')
  if (!(await isEmptyTenant(context))) return password
  log('Loading demo data')
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(context.now)
  const count = await loadDemo(context, generateDemo(today), { password, log })
  log(`Loaded ${count} demo records`)
  return password
}
