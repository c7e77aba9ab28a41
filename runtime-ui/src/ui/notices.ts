import { reactive, readonly } from 'vue'

/** What is said for a moment at the foot of the window, with at most one thing to do about it. */
export interface Notice {
  id: number
  text: string
  tone: 'neutral' | 'danger'
  action?: { label: string; run: () => void }
}

const shown = reactive<Notice[]>([])
let lastId = 0

/** The notices that stand now, oldest first; drawn by `NoticeStack`. */
export const notices = readonly(shown) as readonly Notice[]

/**
 * Says something for a moment: 4 s, or 10 s if there is something to undo.
 * @example notify('已删除', { action: { label: '撤销', run: undo } })
 */
export function notify(text: string, options: Partial<Pick<Notice, 'tone' | 'action'>> = {}): void {
  const id = ++lastId
  shown.push({ id, text, tone: 'neutral', ...options })
  if (shown.length > 3) shown.shift()
  setTimeout(() => dismissNotice(id), options.action ? 10_000 : 4_000)
}

export function dismissNotice(id: number): void {
  const at = shown.findIndex((notice) => notice.id === id)
  if (at >= 0) shown.splice(at, 1)
}
