/** Everything that the page looks like, on a screen and on paper. */
export const STYLE = `
:root{--ink:#1c2430;--soft:#5b6675;--line:#d9dee5;--wash:#f5f7fa;--high:#b3261e;--medium:#9a5b00;--low:#3f5f8a;--good:#1b6e3c}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:#fff;font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
main{max-width:1200px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:17px;margin:30px 0 8px}h3{font-size:15px;margin:24px 0 4px}
h3 small{color:var(--soft);font-weight:400}
p{margin:4px 0 8px}.scope{color:var(--soft)}
.verdict{display:inline-block;margin:10px 0 0;padding:7px 14px;border-radius:6px;font-weight:600;font-size:16px;border:1px solid}
.verdict.good{color:var(--good);background:#eef8f1}.verdict.bad{color:var(--high);background:#fdf0ef}.verdict.open{color:var(--medium);background:#fff6e6}
.risks{list-style:none;display:flex;flex-wrap:wrap;gap:10px;margin:0;padding:0}
.risks li{border:1px solid var(--line);border-left:4px solid var(--high);border-radius:4px;padding:8px 14px;background:var(--wash)}
.risks b{display:block;font-size:17px}.risks span{color:var(--soft)}.risks b span{color:inherit}
.warning{border:1px solid var(--medium);background:#fff9ee;border-radius:6px;padding:2px 16px 10px;margin-top:22px}.warning h2{margin-top:12px}
table{width:100%;border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:6px 8px;border-bottom:1px solid var(--line)}
th{background:var(--wash);font-weight:600;font-size:12px;color:var(--soft);border-bottom:2px solid var(--line)}
.n{text-align:right;font-variant-numeric:tabular-nums}.n small{display:block;color:var(--soft)}.none{color:var(--soft)}
.money{white-space:nowrap}.money i{font-style:normal;color:var(--soft);font-size:12px}
.id{font-family:ui-monospace,"Liberation Mono",Menlo,monospace;font-size:12px;overflow-wrap:anywhere;max-width:170px}
.name{overflow-wrap:anywhere;max-width:220px;min-width:110px}
.when{white-space:nowrap}
tr.detail td{padding-top:0;color:var(--soft);font-size:12.5px;overflow-wrap:anywhere}
.differences tr:has(+ tr.detail) td{border-bottom:0;padding-bottom:2px}
.badge{display:inline-block;min-width:58px;text-align:center;border-radius:10px;padding:1px 8px;font-size:12px;font-weight:600;color:#fff}
.badge.high{background:var(--high)}.badge.medium{background:var(--medium)}.badge.low{background:var(--low)}
code{font-family:ui-monospace,"Liberation Mono",Menlo,monospace;font-size:12.5px;background:var(--wash);padding:1px 4px;border-radius:3px}
a{color:inherit}.more{color:var(--soft);font-style:italic}ul{margin:6px 0;padding-left:20px}.legend{color:var(--soft);font-size:12.5px}
@page{size:A4 landscape;margin:12mm}
@media print{
body{font-size:10.5px;-webkit-print-color-adjust:exact;print-color-adjust:exact}main{max-width:none;padding:0}h1{font-size:20px}h2{font-size:14px;margin-top:16px}
h3{font-size:12px}h2,h3,.class>p{break-after:avoid}thead{display:table-header-group}tr{break-inside:avoid}tr:has(+ tr.detail){break-after:avoid}
.risks li,.warning,.verdict{break-inside:avoid}th,td{padding:3px 5px}.id,code,.n small,.money i,.badge,th,tr.detail td,.legend{font-size:9px}.id{max-width:none}a{text-decoration:none}
}`;
