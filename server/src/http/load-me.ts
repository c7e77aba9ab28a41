import type { Me } from '@trellis/metamodel'

import type { Actor } from '../access/actor.ts'
import { loadDepartmentName } from '../access/load-actor.ts'
import type { Session } from '../access/sessions.ts'
import { lacksSecondStep } from './authenticate.ts'
import type { Services } from './services.ts'

/** Who is signed in, as their own browser or program is told. */
export async function loadMe(
  { db, currentModel: { release }, config }: Pick<Services, 'db' | 'currentModel' | 'config'>,
  actor: Actor,
  session: Session | undefined,
): Promise<Me> {
  const { userId: id, name, email, role, departmentId, rights } = actor
  const department =
    departmentId === null
      ? null
      : { id: departmentId, name: await loadDepartmentName(db, release, departmentId) }
  return {
    user: { id, name, email, role, department },
    tenant: actor.tenant,
    locale: actor.locale,
    time_zone: actor.timeZone,
    currency: release.model.corporateCurrency,
    permissions: {
      sets: [...actor.permissionSets],
      system: [...rights.system],
      custom: [...rights.custom],
    },
    must_change_password: session?.mustChangePassword ?? false,
    must_set_up_second_step: lacksSecondStep({ config }, actor, session),
    csrf_token: session?.csrfToken ?? null,
    release: release.number,
  }
}
