import { EditorView } from '@codemirror/view'

const float = {
  border: '1px solid var(--line)',
  borderRadius: 'var(--radius)',
  background: 'var(--surface)',
  boxShadow: 'var(--shadow-float)',
  color: 'var(--text)',
}

/**
 * The look of the formula editor, in the tokens of the theme. It lives in the editor's own shadow tree, into which it
 * comes as a constructed sheet: the content security policy lets no inline style through.
 */
export const formulaLook = EditorView.theme({
  '&': {
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
    background: 'var(--surface)',
    color: 'var(--text)',
    fontSize: 'var(--size-table)',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-scroller': {
    maxHeight: '40vh',
    overflow: 'auto',
    fontFamily: 'var(--font-mono)',
    lineHeight: '1.6',
  },
  '.cm-content': { minHeight: '66px', padding: '6px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 10px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-placeholder': { color: 'var(--text-second)' },
  '.formula-number': { color: 'var(--tag-orange-text)' },
  '.formula-text': { color: 'var(--tag-green-text)' },
  '.formula-word': { color: 'var(--tag-purple-text)', fontWeight: '600' },
  '.formula-call': { color: 'var(--tag-purple-text)' },
  '.formula-field': { color: 'var(--tag-blue-text)' },
  '.formula-sign': { color: 'var(--text-second)' },
  '.formula-note': { color: 'var(--text-second)', fontStyle: 'italic' },
  '.formula-bracket': { borderRadius: '2px', background: 'var(--accent-tint)', fontWeight: '600' },
  '.formula-fault': {
    textDecoration: 'underline wavy var(--danger)',
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '3px',
  },
  '.cm-tooltip': float,
  '.formula-told': {
    maxWidth: '360px',
    padding: '6px 10px',
    fontFamily: 'var(--font)',
    fontSize: 'var(--size-meta)',
    whiteSpace: 'pre-line',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    maxHeight: '15em',
    minWidth: '240px',
    padding: '4px',
    fontFamily: 'var(--font)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex',
    gap: '12px',
    alignItems: 'baseline',
    padding: '3px 8px',
    borderRadius: '4px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    background: 'var(--accent-tint)',
    color: 'var(--text)',
  },
  '.cm-completionLabel': { fontFamily: 'var(--font-mono)', fontSize: 'var(--size-meta)' },
  '.cm-completionDetail': {
    marginLeft: 'auto',
    color: 'var(--text-second)',
    fontSize: 'var(--size-meta)',
    fontStyle: 'normal',
  },
  '.cm-tooltip.cm-completionInfo': {
    maxWidth: '280px',
    padding: '8px 10px',
    fontSize: 'var(--size-meta)',
    lineHeight: '1.5',
  },
  '.formula-signature': { fontFamily: 'var(--font-mono)' },
})
