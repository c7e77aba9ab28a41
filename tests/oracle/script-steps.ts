import type { Call, Caller } from '../support/test-server.ts'
import { askImport } from './ask-imports.ts'
import { heldBy } from './check-holdings.ts'
import { get } from './check.ts'
import { normalise } from './compare.ts'
import { judgeImport } from './judge-imports.ts'
import type { LoadedWorld } from './load-world.ts'
import { fileOf, formOf, makeImport } from './make-imports.ts'
import { upsert } from './make-upserts.ts'
import type { Random } from './random.ts'
import type { View } from './view.ts'
import type { Asker } from './world.ts'

/** A part of a script. */
export interface Step {
  readonly name: string
  /** What is answered, without what is random by design. */
  ask(caller: Caller): Promise<string>
  /** What the rules say of it: it is asked only where they say the same of both worlds. */
  says?(view: View): unknown
}

/** How many imports are among those that a script is made of. */
const IMPORTS = 2

/** A request, which both worlds answer alike whatever it is. */
export function requestOf(one: Call): Step {
  const name = `${one.method ?? 'GET'} ${one.url} ${String(one.payload ?? '')}`
  return { name, ask: async (caller) => normalise(await caller.send(one)) }
}

/** Whether the rules say the same of a part of a script in two worlds. */
export function isSaidOf({ says }: Step, before: View, after: View): boolean {
  return says === undefined || JSON.stringify(says(before)) === JSON.stringify(says(after))
}

/** Imports that write nothing, of rows that find records or refer to some. */
export function importSteps(
  loaded: LoadedWorld,
  { view, asker }: { readonly view: View; readonly asker: Asker },
  random: Random,
): Step[] {
  if (!view.rules.has('import', view.actor)) return []
  return Array.from({ length: IMPORTS }).flatMap((): Step[] => {
    const draft = makeImport(view, random)
    if (draft === undefined) return []
    const plan = { ...draft, isDryRun: true }
    const says = (as: View): unknown => {
      const { status, rows } = judgeImport(as, asker, plan)
      return [status, rows]
    }
    return [
      {
        name: `import ${JSON.stringify(formOf(plan))}\n${fileOf(plan)}`,
        says,
        ask: async (caller) => {
          const { sent, job, report } = await askImport(loaded, caller, plan)
          const answers = sent.status === 202 ? [job, report] : [sent]
          return withoutIds(answers.map(normalise).join('\n'), String(sent.body?.id))
        },
      },
    ]
  })
}

/** Each import has an id of its own, and its moments. */
function withoutIds(text: string, id: string): string {
  return text.replaceAll(id, '').replaceAll(/"(created|started|finished)_at":"[^"]*"/g, '')
}

/** Upserts that are refused. */
export function upsertSteps(view: View, random: Random): Step[] {
  const objects = view.world.objects.filter(({ isPlatform }) => !isPlatform)
  return objects.flatMap((object): Step[] => {
    const made = upsert(view, object, random)
    // Whoever may give a unique value learns that it is taken.
    if (made === undefined || made.verdict === 'done') return []
    return [{ ...requestOf(made.call), says: (as) => made.says(as) }]
  })
}

/** What somebody holds is told to whoever manages users, seen or not. */
export function holdingSteps(view: View, random: Random): Step[] {
  return view.world.users
    .filter(() => random.chance(0.2))
    .map(({ id }) => ({
      ...requestOf(get(`/api/v1/records/user/${id}/holdings`)),
      says: (as) => heldBy(as, id),
    }))
}
