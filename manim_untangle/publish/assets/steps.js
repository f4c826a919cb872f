
// ?steps in the address: the film stops at the end of each chapter; ?steps=captions: of each caption.
{
  const steps = new URLSearchParams(location.search).get("steps");
  if (steps !== null) document.querySelector("untangle-film:not([touch])")?.setAttribute("steps", steps);
}
