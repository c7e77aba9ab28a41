import type { Principal } from '@trellis/metamodel'
import { useI18n } from 'vue-i18n'

import { principalParts } from './principals.ts'
import { useWords } from './use-words.ts'

/** Says whom principals mean: roles by their label, everything else by its code. */
export function usePrincipalWords(): (principals: readonly Principal[] | undefined) => string {
  const { t } = useI18n()
  const words = useWords()
  const say = (principal: Principal): string => {
    const { kind, value, coded } = principalParts(principal)
    if (kind === 'everyone') return t('access.principals.everyone')
    const name = coded ? value : words.named({ kind: 'role', name: value })
    return t(`access.principal_named.${kind}`, { name })
  }
  return (principals) => (principals ?? []).map(say).join(t('editors.list_joint'))
}
