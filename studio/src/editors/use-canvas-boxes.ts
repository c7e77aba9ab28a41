import type { PageLayoutDefinition } from '@trellis/metamodel'
import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue'

import type { Box, FieldBox, SectionBox } from './find-drop.ts'

/** A node of the layout where the renderer has drawn it. */
export interface CanvasNode extends Box {
  node: string
  section: number
  /** Undefined for a section. */
  field: number | undefined
}

export interface CanvasBoxes {
  nodes: Ref<readonly CanvasNode[]>
  sections: () => SectionBox[]
  fields: () => FieldBox[]
}

/** Follows the rectangles of everything that carries `data-node`, relative to the canvas. */
export function useCanvasBoxes(
  canvas: Ref<HTMLElement | undefined>,
  layout: () => PageLayoutDefinition,
): CanvasBoxes {
  const nodes = ref<readonly CanvasNode[]>([])
  let frame = 0

  function measure(): void {
    if (canvas.value) nodes.value = measureNodes(canvas.value, layout())
  }

  function schedule(): void {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(measure)
  }

  const sizes = new ResizeObserver(schedule)
  const changes = new MutationObserver(schedule)
  onMounted(() => {
    if (!canvas.value) return
    sizes.observe(canvas.value)
    changes.observe(canvas.value, {
      childList: true,
      subtree: true,
      characterData: true,
      attributes: true,
      attributeFilter: ['class', 'style'],
    })
    schedule()
  })
  onBeforeUnmount(() => {
    cancelAnimationFrame(frame)
    sizes.disconnect()
    changes.disconnect()
  })

  return {
    nodes,
    sections: () =>
      nodes.value
        .filter((node) => node.field === undefined)
        .map((node) => ({ ...node, section: node.section })),
    fields: () =>
      nodes.value.flatMap((node) =>
        node.field === undefined || node.field < 0 ? [] : [fieldBox(node, node.field, nodes.value)],
      ),
  }
}

/** The nodes of the layout, each where it stands relative to the canvas. */
function measureNodes(root: HTMLElement, layout: PageLayoutDefinition): CanvasNode[] {
  const origin = root.getBoundingClientRect()
  const places = placesOf(layout)
  return [...root.querySelectorAll<HTMLElement>('[data-node]')].flatMap((element) => {
    const node = element.dataset['node'] ?? ''
    const place = places.get(node)
    const { left, top, width, height } = element.getBoundingClientRect()
    return place
      ? [{ node, ...place, left: left - origin.left, top: top - origin.top, width, height }]
      : []
  })
}

function placesOf(
  layout: PageLayoutDefinition,
): Map<string, { section: number; field: number | undefined }> {
  const places = new Map<string, { section: number; field: number | undefined }>()
  for (const [section, one] of layout.sections.entries()) {
    places.set(one.name, { section, field: undefined })
    for (const [field, placed] of one.fields.entries()) {
      places.set(`${one.name}.${placed.field}`, { section, field })
    }
  }
  return places
}

function fieldBox(node: CanvasNode, field: number, all: readonly CanvasNode[]): FieldBox {
  const section = all.find((one) => one.section === node.section && one.field === undefined)
  return { ...node, field, isRow: section === undefined || node.width > section.width * 0.6 }
}
