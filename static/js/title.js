// The tab's title counts what asks for attention.
const plain = document.title;

function draw() {
  const asking = [...document.querySelectorAll("[data-attention]")];
  const title = asking.length ? `(${asking.length}) ${asking[0].dataset.attention} · ${plain}` : plain;
  if (document.title !== title) document.title = title;
}

document.addEventListener("htmx:afterSettle", draw);
draw();
