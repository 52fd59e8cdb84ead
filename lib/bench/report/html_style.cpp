#include "bench/report/html_style.h"

#include "bench/plot/plot.h"

namespace closet::bench {
namespace {

constexpr const char* kColors = R"(
:root{color-scheme:light dark;--ground:#fff;--raised:#f5f7f9;--ink:#1c2128;--soft:#57606a;
--edge:#d5dae0;--accent:#0b62a3;--warn:#8a4600;--bad:#b3261e}
)";

constexpr const char* kDarkColors = R"(
:root{--ground:#14181d;--raised:#1c2229;--ink:#e4e9ef;--soft:#a3adb8;--edge:#39414c;
--accent:#6cb6ff;--warn:#ffb454;--bad:#ff8a80}
)";

constexpr const char* kPage = R"(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
main{max-width:84rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.25rem 0 .6rem}
h3{font-size:1rem;margin:1rem 0 .15rem}
figure h3{margin-top:0}
p,li,dd,dt,summary,figcaption{overflow-wrap:anywhere}
p{margin:.4rem 0;max-width:70ch}
.soft,figcaption{color:var(--soft)}
figcaption{font-size:.85rem;margin-top:.3rem}
ul{margin:.4rem 0;padding-left:1.25rem}
li{margin:.3rem 0;max-width:90ch}
.verdict{border-left:4px solid var(--accent);background:var(--raised);padding:.6rem 1rem;
border-radius:0 6px 6px 0}
.doubts{border-left-color:var(--warn)}
.scroll{overflow-x:auto;border:1px solid var(--edge);border-radius:6px;max-width:100%}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:.35rem .7rem;text-align:left;white-space:nowrap;border-bottom:1px solid var(--edge)}
tbody tr:last-child>*{border-bottom:0}
thead th{background:var(--raised);color:var(--soft);font-weight:600;vertical-align:bottom}
tbody th{font-weight:600;position:sticky;left:0;background:var(--ground)}
.number{text-align:right}
.failed{color:var(--bad)}
.reason{white-space:normal;min-width:16rem}
.mark{display:inline-block;border:1px solid currentColor;border-radius:1em;padding:0 .55em;
margin-right:.3em;font-size:.8rem;color:var(--soft)}
.best{color:var(--accent);font-weight:600}
.plots{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));
align-items:start}
figure{margin:0;padding:.8rem;border:1px solid var(--edge);border-radius:6px;min-width:0}
svg.plot{display:block;width:100%;height:auto;max-width:34rem;margin:.4rem auto 0}
wbr{display:none}
details{margin:.5rem 0}
details details{margin-left:1rem}
summary{cursor:pointer;padding:.2rem 0}
pre{margin:0;padding:.7rem;font:.8rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
dl{display:grid;grid-template-columns:minmax(6rem,12rem) 1fr;gap:.2rem 1rem;margin:.5rem 0}
dt{color:var(--soft)}
dd{margin:0;min-width:0}
/* Ids name what differs; the rest is told under "What was measured". */
@media (max-width:30rem){.setting{display:none}
.marks{white-space:normal;min-width:6rem}th,td{padding:.35rem .5rem}wbr{display:inline}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}
main{padding:1rem .8rem 2rem}figure{padding:.5rem}tbody th{white-space:normal;font-size:.8rem;min-width:8rem;max-width:10rem;
padding-right:.3rem;
overflow-wrap:anywhere}}
)";

}  // namespace

std::string html_style() {
    return std::string(kColors) + kPage + plot_css(false) +
           "\n@media (prefers-color-scheme:dark){" + kDarkColors + plot_css(true) + "}\n";
}

}  // namespace closet::bench
