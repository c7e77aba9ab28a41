import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Whether a media query holds, kept up to date. */
export function useMedia(query: string): Readonly<Ref<boolean>> {
  const list = window.matchMedia(query)
  const isMatching = ref(list.matches)
  const follow = (): void => {
    isMatching.value = list.matches
  }
  list.addEventListener('change', follow)
  onScopeDispose(() => list.removeEventListener('change', follow))
  return readonly(isMatching)
}

/** Whether the window is a phone's: the one breakpoint of the shell. */
export function usePhone(): Readonly<Ref<boolean>> {
  return useMedia('(max-width: 767px)')
}
