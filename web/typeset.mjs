// 모든 페이지의 수식을 미리 조판합니다. 읽는 사람은 MathJax를 받지 않고, 글이 밀리지도 않습니다.
//
// node typeset.mjs <MathJax의 폴더> <사이트의 폴더>

import { createRequire } from "node:module";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [mathjaxFolder, site] = process.argv.slice(2);
const FONTS = "output/chtml/fonts/woff-v2";
// conf.py의 확장이 수식을 적어 두는 꼴
const TEX = /<(span|div) class="tex">([^<]*)<\/\1>/g;
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };
const unescapeHtml = (text) => text.replace(/&(?:lt|gt|quot|#x27|amp);/g, (entity) => ENTITIES[entity]);

const mathjax = await createRequire(import.meta.url)(join(mathjaxFolder, "es5/node-main.js")).init({
  loader: { load: ["adaptors/liteDOM", "input/tex", "output/chtml", "a11y/assistive-mml"] },
  // 쓰인 글자의 규칙만 적으면 페이지마다 달라지므로, 한 파일에 모아 모든 페이지가 함께 씁니다.
  chtml: { fontURL: "mathjax", adaptiveCSS: true },
  startup: { typeset: false },
});
const adaptor = mathjax.startup.adaptor;
const done = new Map();

function typeset(tex, display) {
  const key = `${display}${tex}`;
  if (!done.has(key)) {
    done.set(key, adaptor.outerHTML(mathjax.tex2chtml(tex, { display })));
  }
  return done.get(key);
}

for (const name of readdirSync(site, { recursive: true })) {
  if (!name.endsWith(".html")) continue;
  const path = join(site, name);
  const page = readFileSync(path, "utf-8");
  const set = page.replace(TEX, (_, tag, tex) => typeset(unescapeHtml(tex), tag === "div"));
  if (set !== page) writeFileSync(path, set);
}

const css = adaptor.textContent(mathjax.chtmlStylesheet());
const used = css.match(/(?<=mathjax\/)[\w-]+\.woff/g) ?? [];
writeFileSync(join(site, "_static/mathjax.css"), css);
for (const font of new Set(used)) {
  cpSync(join(mathjaxFolder, "es5", FONTS, font), join(site, "_static/mathjax", font));
}
const broken = [...done].filter(([, html]) => html.includes("data-mjx-error"));
if (broken.length) {
  console.error(`읽을 수 없는 수식: ${broken.map(([key]) => key).join(", ")}`);
  process.exit(1);
}
