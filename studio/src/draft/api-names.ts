import { API_NAME, MAX_NAME_LENGTH } from '@trellis/metamodel'

const SUFFIX = '__c'
const PATTERN = new RegExp(API_NAME)

/**
 * The API name that a label proposes; a customer's ends in `__c`. Empty if the label has no Latin letter.
 * @example proposeApiName('Site visit (2nd)') // 'site_visit_2nd__c'
 */
export function proposeApiName(label: string): string {
  const plain = label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, MAX_NAME_LENGTH - SUFFIX.length)
    .replace(/_+$/, '')
  return plain === '' ? '' : `${plain}${SUFFIX}`
}

/** The first of `name`, `name_2`, `name_3` … that is not taken; `__c` stays at the end. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  const stem = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name
  const suffix = name.endsWith(SUFFIX) ? SUFFIX : ''
  for (let number = 2; ; number++) {
    const candidate = `${stem}_${number}${suffix}`
    if (!taken.has(candidate)) return candidate
  }
}

/** Whether a text may be an API name. */
export function isApiName(name: string): boolean {
  return PATTERN.test(name) && name.length <= MAX_NAME_LENGTH
}

/** Whether a text may be the name of something that a customer makes. */
export function isCustomName(name: string): boolean {
  return isApiName(name) && name.endsWith(SUFFIX)
}
