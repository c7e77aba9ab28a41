import type { ChangeSet, ChangeSetItem, Plan, RawComponent } from '@trellis/metamodel'

import type { HttpClient } from './http-client.ts'

/** What a publish did. */
export interface Published {
  release: number
  plan: Plan
}

/** A definition in force, and the layer that it comes from. */
export interface InForce {
  definition: Record<string, unknown>
  layer: string
}

/** A definition that is in force. */
export function loadDefinition(client: HttpClient, kind: string, name: string): Promise<InForce> {
  return client.get<InForce>(`/meta/${kind}/${name}`)
}

/**
 * Puts definitions into a change set, looks at its plan, and publishes it.
 * @throws Error with everything that stands in the way
 */
export async function publishChanges(
  client: HttpClient,
  label: string,
  components: readonly RawComponent[],
): Promise<Published> {
  const { id } = await client.post<ChangeSet>('/meta/changesets', { label })
  for (const { kind, name, definition } of components) {
    await client.put<ChangeSetItem>(`/meta/changesets/${id}/${kind}/${name}`, definition)
  }
  const plan = await client.post<Plan>(`/meta/changesets/${id}/plan`)
  if (!plan.publishable) {
    throw new Error(`"${label}" cannot be published:\n${obstaclesOf(plan).join('\n')}`)
  }
  const { release } = await client.post<{ release: number }>(`/meta/changesets/${id}/publish`)
  return { release, plan }
}

function obstaclesOf({ problems, findings }: Plan): string[] {
  return [...problems, ...findings].map(
    (one) => `  ${one.severity}: ${one.kind} ${one.name}: ${one.message}`,
  )
}
