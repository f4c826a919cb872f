
// ?steps in the address: the film stops at the end of each chapter; ?steps=captions: of each caption. ?ask: at each question.
// ?lang=de: its words in that language, where it has them.
{
  const asked = new URLSearchParams(location.search);
  for (const name of ["steps", "ask", "lang"]) {
    if (asked.has(name)) document.querySelector("untangle-film:not([touch])")?.setAttribute(name, asked.get(name));
  }
}
