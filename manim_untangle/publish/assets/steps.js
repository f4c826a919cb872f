
// ?steps in the address: the film stops at the end of each chapter; ?steps=captions: of each caption. ?ask: at each question.
{
  const asked = new URLSearchParams(location.search);
  for (const name of ["steps", "ask"]) {
    if (asked.has(name)) document.querySelector("untangle-film:not([touch])")?.setAttribute(name, asked.get(name));
  }
}
