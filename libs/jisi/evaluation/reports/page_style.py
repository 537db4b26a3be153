"""How the page looks, light and dark."""

CSS = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --muted: #667079; --line: #dfe3e8; --shade: #f5f7f9;
  --series-0: #0068a8; --series-1: #c24f00; --series-2: #00805c; --series-3: #a8497f; --series-4: #9a6b00;
  --series-5: #2f86b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e6e9ec; --muted: #97a1ab; --line: #2e353d; --shade: #1c2229;
    --series-0: #5cb3ee; --series-1: #f5935a; --series-2: #45c99c; --series-3: #e08fbd; --series-4: #e0b040;
    --series-5: #8fd0f5;
  }
}
body {
  margin: 2rem auto; max-width: 76rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; }
nav a, nav span { margin-right: 1rem; } a { color: var(--series-0); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
thead th { border-bottom: 2px solid var(--muted); } tbody tr:hover td { background: var(--shade); }
.note, figcaption { color: var(--muted); max-width: 60rem; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
svg text { font-family: system-ui, sans-serif !important; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; } dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; } p, li { max-width: 60rem; } summary { cursor: pointer; }
"""
