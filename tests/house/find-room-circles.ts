/** An import from one file to another, both as paths from the root of the repository. */
export interface Import {
  readonly from: string
  readonly to: string
}

/**
 * Finds rooms (the folders directly below a package's `src`) that import each other, however far
 * the way round. Files that lie in `src` itself are rooms of their own: `app.ts` stands above all
 * others and `config.ts` below, so the folder that holds both says nothing.
 *
 * @returns each circle once, as the names of its rooms in order.
 */
export function findRoomCircles(imports: readonly Import[]): string[][] {
  const reached = reachability(imports)
  const rooms = [...reached.keys()].toSorted()
  const circles = new Map<string, string[]>()
  for (const room of rooms) {
    const circle = rooms.filter(
      (other) => other === room || (leadsTo(reached, room, other) && leadsTo(reached, other, room)),
    )
    if (circle.length > 1) circles.set(circle.join(' '), circle)
  }
  return [...circles.values()]
}

type Reached = ReadonlyMap<string, ReadonlySet<string>>

function leadsTo(reached: Reached, from: string, to: string): boolean {
  return reached.get(from)?.has(to) ?? false
}

function reachability(imports: readonly Import[]): Reached {
  const direct = new Map<string, Set<string>>()
  for (const { from, to } of imports) {
    const [source, target] = [roomOf(from), roomOf(to)]
    if (source === undefined || target === undefined || source === target) continue
    direct.set(source, (direct.get(source) ?? new Set()).add(target))
  }
  return new Map([...direct.keys()].map((room) => [room, walk(direct, room)]))
}

function walk(direct: Reached, start: string): Set<string> {
  const found = new Set<string>()
  const waiting = [...(direct.get(start) ?? [])]
  for (let room = waiting.pop(); room !== undefined; room = waiting.pop()) {
    if (found.has(room)) continue
    found.add(room)
    waiting.push(...(direct.get(room) ?? []))
  }
  return found
}

function roomOf(path: string): string | undefined {
  return /^([^/]+\/src\/[^/]+)/.exec(path)?.[1]
}
