import { reactive, watch } from 'vue'

import { useSession } from '../../stores/session.ts'

export type FooterFunction = 'sum' | 'avg' | 'min' | 'max'
export type Density = 'compact' | 'usual' | 'comfortable'
const FOOTERS: readonly FooterFunction[] = ['sum', 'avg', 'min', 'max']

/** What a person has arranged for the lists of one object, kept in this browser. */
export interface Arranged {
  /** The view that was used last. */
  view?: string | undefined
  density: Density
  /** By view. */
  columns: Record<string, string[]>
  /** By path: the same in every view. */
  widths: Record<string, number>
  footers: Record<string, FooterFunction>
}

export interface Arrangement {
  arranged: Readonly<Arranged>
  setView: (name: string) => void
  setDensity: (density: Density) => void
  /** The columns of a view; undefined: the view's own again. */
  setColumns: (view: string, paths: string[] | undefined) => void
  /** The width of a column; 0: as it is usual for its type. */
  setWidth: (path: string, width: number) => void
  footerOf: (path: string, usual: FooterFunction) => FooterFunction
  /** Sum, average, smallest, largest, and round again. */
  turnFooter: (path: string, usual: FooterFunction) => void
}

/** The arrangements of the person who is signed in; every change is kept at once. */
export function useArrangement(object: string): Arrangement {
  const key = `trellis.list.${useSession().me?.user.id ?? ''}.${object}`
  const arranged = reactive(readArranged(key))
  watch(arranged, (value) => localStorage.setItem(key, JSON.stringify(value)))

  const footerOf = (path: string, usual: FooterFunction): FooterFunction =>
    arranged.footers[path] ?? usual
  return {
    arranged,
    footerOf,
    setView: (name) => (arranged.view = name),
    setDensity: (density) => (arranged.density = density),
    setColumns: (view, paths) => {
      if (paths === undefined) delete arranged.columns[view]
      else arranged.columns[view] = paths
    },
    setWidth: (path, width) => {
      if (width > 0) arranged.widths[path] = Math.round(width)
      else delete arranged.widths[path]
    },
    turnFooter: (path, usual) => {
      const next = (FOOTERS.indexOf(footerOf(path, usual)) + 1) % FOOTERS.length
      arranged.footers[path] = FOOTERS[next] ?? usual
    },
  }
}

function readArranged(key: string): Arranged {
  const plain: Arranged = { density: 'usual', columns: {}, widths: {}, footers: {} }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    return typeof kept === 'object' ? { ...plain, ...kept } : plain
  } catch {
    return plain
  }
}
