import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import type { Installation } from '../server/src/installation.ts'
import { MEMBERS, memberSet, publishAccess } from './access-world.ts'
import { type AccessCallers, ask } from './measure-access.ts'
import { idOf } from './seed.ts'

/** A change of who may see what, and how long it took until an answer showed it. */
export interface Change {
  readonly name: string
  readonly milliseconds: number
}

const LONGEST_MS = 60_000

/**
 * Changes a permission set, then a manager, each past the running server, and asks until it shows. The time of the
 * publish itself counts.
 */
export async function measureChanges(
  installation: Installation,
  url: string,
  { manager = {}, director = {} }: AccessCallers,
): Promise<Change[]> {
  const below = await recordBelow(installation)
  const sees = (headers: Readonly<Record<string, string>>, is: boolean) => () =>
    isSeen(`${url}/api/v1/records/opportunity/${below}`, headers, is)
  const { db, target } = installation
  return [
    await until('A permission set is narrowed to own records', {
      change: () => publishAccess(target, [memberSet('own')]),
      shows: sees(manager, false),
    }),
    await until('A permission set is widened to subordinates', {
      change: () => publishAccess(target, [memberSet('own_and_subordinates')]),
      shows: sees(manager, true),
    }),
    await until('A user gets another manager', {
      change: async () => {
        await db.execute('update main."user" set manager = null where id = $1', [
          idOf('user', MEMBERS.manager),
        ])
        await db.execute('update main._organization set version = version + 1')
      },
      shows: sees(director, false),
    }),
  ]
}

/** A record of somebody below the manager, and by that below the director, which no rule or team opens to them. */
async function recordBelow({ db }: Installation): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `select o.id from main.opportunity as o join main."user" as u on u.id = o.owner
    where u.manager = $1 and o.amount < 100000 and not exists (
      select from main._share as s where s.record = o.id and s.principal = any($2::text[]))
    and not exists (select from main.group_member as g where g."user" = u.id) limit 1`,
    [
      idOf('user', MEMBERS.manager),
      [MEMBERS.manager, MEMBERS.director].map((n) => `user:${idOf('user', n)}`),
    ],
  )
  if (!row) throw new Error('The manager has nobody below them')
  return row.id
}

async function isSeen(
  url: string,
  headers: Readonly<Record<string, string>>,
  expected: boolean,
): Promise<boolean> {
  const agent = new Agent()
  const seen = await ask(url, { method: 'GET', headers, agent }).then(
    () => true,
    () => false,
  )
  return seen === expected
}

async function until(
  name: string,
  { change, shows }: { change: () => Promise<void>; shows: () => Promise<boolean> },
): Promise<Change> {
  if (await shows()) throw new Error(`${name}: it was so before`)
  const started = performance.now()
  await change()
  while (!(await shows())) {
    if (performance.now() - started > LONGEST_MS) throw new Error(`${name}: it does not show`)
    await delay(20)
  }
  return { name, milliseconds: Math.round(performance.now() - started) }
}
