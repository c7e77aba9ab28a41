import { type Kind, KINDS, isKind, type RawComponent } from './index.ts'

/**
 * Where a component lies in an app package, relative to the package's folder.
 * @example componentFile('field', 'account.credit_limit') // 'objects/account/fields/credit_limit.json'
 */
export function componentFile(kind: Kind, name: string): string {
  const { folder, isOfObject } = KINDS[kind]
  if (kind === 'app') return 'app.json'
  if (kind === 'object') return `objects/${name}/object.json`
  if (!isOfObject) return `${folder}/${name}.json`
  const [object = '', own = ''] = splitName(name)
  return `objects/${object}/${folder}/${own}.json`
}

/** The component that a file of a package holds, or undefined if the path names none. */
export function componentOfFile(
  path: string,
  app: string,
): { kind: Kind; name: string } | undefined {
  if (path === 'app.json') return { kind: 'app', name: app }
  const parts = path.replace(/\.json$/, '').split('/')
  if (!path.endsWith('.json')) return undefined
  const [first = '', second = '', third = '', fourth = ''] = parts
  if (first === 'objects' && parts.length === 3 && third === 'object') {
    return { kind: 'object', name: second }
  }
  if (first === 'objects' && parts.length === 4) {
    const kind = Object.values(KINDS).find((one) => one.isOfObject && one.folder === third)?.kind
    return kind && { kind, name: `${second}.${fourth}` }
  }
  const kind = Object.values(KINDS).find(
    (one) => !one.isOfObject && one.folder === first && one.folder !== 'objects' && first !== '',
  )?.kind
  return kind && parts.length === 2 ? { kind, name: second } : undefined
}

/** Splits `account.credit_limit` into the object and the component's own name. */
export function splitName(name: string): [object: string, own: string] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)]
}

/** Whether this is a known kind whose name has the right form; used before anything else is asked of it. */
export function hasKnownKind(component: RawComponent): component is RawComponent & { kind: Kind } {
  return isKind(component.kind)
}
