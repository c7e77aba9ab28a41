import type { Kind, Problem } from '@trellis/metamodel'

import { type Edit, flatten, type Layers } from './layers.ts'

const NAMED_BY_CUSTOMERS: ReadonlySet<Kind> = new Set(['object', 'field'])

/**
 * What a customer makes ends in `__c`: a later version of the package may bring a component of the plain name,
 * and the two would be one.
 */
export function checkCustomerNames(layers: Layers, edits: readonly Edit[]): Problem[] {
  const known = new Set(flatten(layers).map((one) => `${one.kind} ${one.name}`))
  return edits
    .filter(
      (edit) =>
        edit.op === 'put' &&
        NAMED_BY_CUSTOMERS.has(edit.kind) &&
        !known.has(`${edit.kind} ${edit.name}`) &&
        !edit.name.endsWith('__c'),
    )
    .map((edit) => ({
      code: 'customer_name',
      severity: 'error',
      kind: edit.kind,
      name: edit.name,
      path: '',
      suggestion: `${edit.name}__c`,
      message: {
        'en-US': `What you add to the package ends in __c: did you mean "${edit.name}__c"?`,
        'zh-CN': `自定义的对象和字段名称应以 __c 结尾，是否想写“${edit.name}__c”？`,
      },
    }))
}
