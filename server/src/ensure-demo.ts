import { sql } from 'kysely'

import type { Context } from './access/context.ts'
import { loadActor } from './access/load-actor.ts'
import { systemContext } from './access/system-context.ts'
import { addDelegation } from './approvals/delegate-approvals.ts'
import { loadSecret } from './db/index.ts'
import { addDays } from './demo/days.ts'
import { generateDemo } from './demo/generate-demo.ts'
import { isEmptyTenant, loadDemo } from './demo/load-demo.ts'
import { openFileStore } from './files/index.ts'
import type { Installation, Log } from './installation.ts'
import { submitForApproval } from './records/act-on-approval.ts'

/** Loads demo data into a tenant that has none. @returns the password of its users */
export async function ensureDemo(
  installation: Installation,
  userId: string,
  log: Log,
): Promise<string> {
  const { db, currentModel, config } = installation
  const context = systemContext(db, currentModel.release, userId, 'demo')
  const password = await loadSecret(config.dataDir, 'demo_password')
  if (!(await isEmptyTenant(context))) return password
  log('Loading demo data')
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(context.now)
  const count = await loadDemo(context, generateDemo(today), {
    password,
    store: openFileStore(config),
    log,
  })
  log(`Loaded ${count} demo records`)
  await submitDrafts(installation)
  await goOnLeave(installation, today)
  return password
}

/** A manager whose approvals the director decides meanwhile. */
const AWAY = { user: 'chen.zeyu@example.com', delegate: 'lin.ruoxi@example.com', days: 7 }

/** One of the managers is on leave, so that there is something to decide in another's name. */
async function goOnLeave({ db, currentModel }: Installation, today: string): Promise<void> {
  const { release } = currentModel
  const { physical } = release
  const idOf = async (email: string): Promise<string | undefined> => {
    const [found] = await db.query<{ id: string }>(
      sql`select id from ${physical.table('user')} where ${physical.column('user', 'email')} = ${email}`,
    )
    return found?.id
  }
  const [user, delegate] = [await idOf(AWAY.user), await idOf(AWAY.delegate)]
  if (user === undefined || delegate === undefined) return
  const actor = await loadActor(db, release, {
    tenant: release.physical.names.schema,
    userId: user,
    by: 'system',
  })
  if (!actor) return
  const context: Context = { db, release, actor, now: new Date(), requestId: '', cause: 'demo' }
  await addDelegation(context, {
    delegate,
    ends_at: `${addDays(today, AWAY.days)}T00:00:00+08:00`,
    note: '年假',
  })
}

/** Discounted drafts go to approval as their owners would send them, so that the inboxes have something to decide. */
async function submitDrafts({ db, currentModel }: Installation): Promise<void> {
  const { release } = currentModel
  const { physical } = release
  const drafts = await db.query<{ id: string; owner: string }>(sql`
    select id, owner from ${physical.table('quote')}
    where ${physical.column('quote', 'status')} = 'draft' and ${physical.column('quote', 'discount_percent')} > 10 order by id`)
  for (const { id, owner } of drafts) {
    const actor = await loadActor(db, release, {
      tenant: release.physical.names.schema,
      userId: owner,
      by: 'system',
    })
    if (!actor) continue
    const context: Context = { db, release, actor, now: new Date(), requestId: '', cause: 'demo' }
    await submitForApproval(context, { object: 'quote', record: id })
  }
}
