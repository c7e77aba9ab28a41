import type { Principal } from '@trellis/metamodel'

import type { CodedKind } from '../api/organization-api.ts'

/** By what a rule can name users, the usual first. */
export const PRINCIPAL_KINDS = [
  'role',
  'role_and_below',
  'department',
  'department_and_below',
  'group',
  'queue',
  'everyone',
] as const
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number]

/** A principal in its parts. */
export interface PrincipalParts {
  kind: PrincipalKind
  value: string
  /** Of what it names the code, if it does. */
  coded: CodedKind | undefined
}

/** What a kind of principal names by its code. */
export function codedKindOf(kind: string): CodedKind | undefined {
  if (kind === 'group' || kind === 'queue') return kind
  return kind.startsWith('department') ? 'department' : undefined
}

/** @example principalParts({ group: 'east' }) // { kind: 'group', value: 'east', coded: 'group' } */
export function principalParts(principal: Principal): PrincipalParts {
  const [[kind, value] = ['everyone', true]] = Object.entries(principal)
  return {
    kind: kind as PrincipalKind,
    value: typeof value === 'string' ? value : '',
    coded: codedKindOf(kind),
  }
}

export function makePrincipal(kind: string, value: string): Principal {
  return (kind === 'everyone' ? { everyone: true } : { [kind]: value }) as Principal
}
