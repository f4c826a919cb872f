// How the player looks. The page cannot change it but through `part`s.

export const STYLE = `
:host { --wide: 1.7778; display: block; position: relative; background: #000; color: #fff; color-scheme: dark;
  font: 500 0.95rem/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; --accent: #6ac7e6; }
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; }
.film { display: flex; flex-direction: column; height: 100%; background: #000; }
.stage { position: relative; flex: 1 1 auto; min-height: 0; display: flex; align-items: center; justify-content: center; }
.picture { position: relative; width: 100%; aspect-ratio: var(--wide); overflow: hidden; }
:host([touch]:not(:fullscreen)) .picture { aspect-ratio: max(var(--wide), 1.7778); }
:host([touch]) canvas { touch-action: pan-y; }
:host([fill]) { position: fixed; inset: 0; height: 100%; }
:host([fill]) .stage, :host(:fullscreen) .stage { container-type: size; }
:host([fill]) .picture, :host(:fullscreen) .picture { width: min(100cqw, 100cqh * var(--wide)); }
:host(:fullscreen) { width: 100%; height: 100%; }
canvas { display: block; width: 100%; height: 100%; }
.poster { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
.words { position: absolute; inset: 0; overflow: hidden; pointer-events: none; }
.words span { position: absolute; left: 0; top: 0; transform-origin: 0 0; white-space: pre; color: transparent; pointer-events: auto;
  cursor: text; line-height: 1; }
.words span::selection { background: #3e8fc4aa; color: transparent; }
.words span.shown { color: #fff; background: #000; }
.start { position: absolute; inset: 0; margin: auto; width: 5.2rem; height: 5.2rem; border-radius: 50%; border: 0; background: #000000b3;
  color: #fff; font-size: 2rem; padding: 0; }
.start:hover { background: #1a6a92; }
.message { position: absolute; inset: 0; margin: auto; height: 3em; text-align: center; }
.reading { display: none; padding: 0.5rem 0.9rem; min-height: calc(1rem + 4.2em); font-size: 1.05rem; }
.reading p { grid-area: 1 / 1; margin: 0; visibility: hidden; }
.reading .said { visibility: visible; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem; padding: 0.2rem 0.4rem; background: #111; }
button, select { font: inherit; color: #fff; background: transparent; border: 0; border-radius: 0.35rem; min-width: 2.75rem; min-height: 2.75rem;
  padding: 0 0.6rem; cursor: pointer; }
button:hover, select:hover { background: #ffffff22; }
button[aria-pressed="true"], button[aria-expanded="true"] { color: var(--accent); }
button svg { width: 1.25rem; height: 1.25rem; fill: currentColor; vertical-align: middle; }
select { max-width: 11rem; padding: 0 0.3rem; text-overflow: ellipsis; }
.chapters { flex: 1 1 6rem; }
select option { background: #111; }
.track { position: relative; flex: 4 1 8rem; min-width: 8rem; display: flex; align-items: center; }
input[type="range"] { width: 100%; height: 2.75rem; margin: 0; accent-color: var(--accent); cursor: pointer; background: transparent; }
.marks { position: absolute; inset: auto 8px 0.55rem; height: 0.35rem; pointer-events: none; }
.marks i { position: absolute; width: 2px; height: 100%; background: #fff9; }
.time { font-variant-numeric: tabular-nums; padding: 0 0.4rem; white-space: nowrap; }
.preview { position: absolute; bottom: 3.1rem; left: 0; width: 13rem; transform: translateX(-50%); background: #111; border: 1px solid #555;
  pointer-events: none; z-index: 2; text-align: center; font-size: 0.85rem; }
.preview canvas { height: auto; aspect-ratio: var(--wide); }
.preview p { margin: 0; padding: 0.15rem 0.4rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.touch { padding: 0.5rem 0.9rem 0.9rem; background: #111; max-height: 45vh; overflow-y: auto; border-top: 1px solid #333; }
.touch p { margin: 0.3rem 0; }
.touch fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; align-items: center; }
.touch button, .ask button { border: 1px solid #666; margin: 0.15rem 0.3rem 0.15rem 0; }
.touch .marker { width: 0.8rem; height: 0.8rem; }
.marker.disk { border-radius: 50%; }
.marker.triangle { clip-path: polygon(50% 0, 100% 100%, 0 100%); }
.marker.diamond { clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%); }
.touch legend { float: left; padding: 0 0.6rem 0 0; color: #bbb; }
.touch label { display: inline-flex; align-items: center; gap: 0.35rem; min-height: 2.75rem; cursor: pointer; }
.touch input[type="checkbox"] { width: 1.15rem; height: 1.15rem; accent-color: var(--accent); }
.touch input[type="number"] { font: inherit; width: 5.2rem; min-height: 2.3rem; color: #fff; background: #222; border: 1px solid #666; border-radius: 0.3rem;
  padding: 0 0.3rem; font-variant-numeric: tabular-nums; }
.touch table { border-collapse: collapse; }
.touch td, .touch th { padding: 0.1rem 0.25rem; font-weight: 400; text-align: left; }
.touch details { margin: 0.3rem 0; }
.touch summary { cursor: pointer; min-height: 2.75rem; display: list-item; align-content: center; }
.travel { display: flex; align-items: center; gap: 0.7rem; }
.travel input { flex: 1; }
.now { font-weight: 600; font-variant-numeric: tabular-nums; min-height: 1.4em; }
.band { display: inline-block; width: 5rem; height: 0.7rem; }
:host([touch]) .touch { max-height: none; }
.ask { padding: 0.5rem 0.9rem; background: #111; text-align: center; }
.ask p { margin: 0.3rem 0; }
.ask button:disabled { cursor: default; }
:host([touch]) .touch > p[role="status"] { min-height: 2.8em; }
:host([touch]:fullscreen) .picture { width: 100%; height: 100%; aspect-ratio: auto; }
.broken { color: #ff7a6b; }
.small { color: #bbb; font-size: 0.9rem; }
@container film (max-width: 40rem) {
  .bar { gap: 0; }
  .track { flex-basis: 100%; order: -1; padding: 0 0.4rem; }
  .reading { display: grid; }
  :host([touch]:not(:fullscreen)) .picture { aspect-ratio: var(--wide); }
  :host([touch]) .time { display: none; }
}
.film { container: film / inline-size; }
@media print { .bar, .touch, .start { display: none; } }
`;
