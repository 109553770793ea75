namespace Mhim.Mil.Reports;

/// <summary>One quiet look, light and dark. The six series colours are told apart by colour-blind eyes and have AA contrast as marks.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root{--bg:#fbfbfa;--panel:#fff;--ink:#1d2329;--soft:#5b6670;--rule:#e3e6e8;--grid:#eceeef;--tint:#f1f4f6;
          --low:#2f5fb3;--high:#a8263c;--c0:#0f6e84;--c1:#c05621;--c2:#6b4fa0;--c3:#8a949c;--c4:#5a7d1e;--c5:#b0306a;--warn-bg:#fdf3dd;--warn:#6f4e00;--right:15,110,132;--wrong:192,86,33}
        @media (prefers-color-scheme:dark){:root{--bg:#14181b;--panel:#1b2024;--ink:#e5e9ec;--soft:#9aa6af;--rule:#2d343a;--grid:#262c31;--tint:#20262b;
          --low:#86aef0;--high:#f07d90;--c0:#4fb6cd;--c1:#f0925a;--c2:#b49be6;--c3:#77838c;--c4:#a3c956;--c5:#ee7fae;--warn-bg:#33290f;--warn:#f0d58a;--right:79,182,205;--wrong:240,146,90}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
        main{max-width:1120px;margin:0 auto;padding:40px 28px 56px}
        h1{font-size:28px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em;font-weight:650}
        h2{font-size:18px;margin:0 0 4px;font-weight:650}
        h3{font-size:14px;margin:0 0 6px;font-weight:600}
        .lead{color:var(--soft);max-width:76ch;margin:0;font-size:16px}
        section{margin-top:40px}
        .note,figcaption,footer{color:var(--soft);font-size:13.5px}
        p.note{margin:0 0 14px;max-width:90ch}
        h2+div,h2+dl{margin-top:12px}
        details.warning summary{cursor:pointer}details.warning ul{margin:8px 0 0;padding-left:20px}
        .warning{background:var(--warn-bg);color:var(--warn);border-radius:8px;padding:10px 14px;margin:14px 0 0}
        code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--tint);padding:1px 4px;border-radius:4px;overflow-wrap:anywhere}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:14px;margin-top:26px}
        .card{background:var(--panel);border:1px solid var(--rule);border-top:3px solid var(--c);border-radius:8px;padding:14px 18px;display:flex;flex-direction:column}
        .card.plain{--c:var(--rule)}
        .card b{font-size:32px;line-height:1.25;font-weight:600;letter-spacing:-.02em}
        .card span{color:var(--soft);font-size:13.5px}
        .card span:first-child{color:var(--ink);font-weight:600;font-size:14px}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:0;margin:8px 0 0;background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:4px 18px}
        dt,dd{margin:0;padding:8px 0;border-bottom:1px solid var(--rule)}
        dt{color:var(--soft);padding-right:32px}
        dt:last-of-type,dd:last-of-type{border-bottom:0}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;background:var(--panel);border:1px solid var(--rule);border-radius:8px;overflow:hidden}
        th,td{text-align:left;padding:8px 18px;border-bottom:1px solid var(--rule);vertical-align:baseline;font-weight:400}
        thead th{font-size:13px;color:var(--soft);font-weight:600;background:var(--tint)}
        tbody tr:last-child>*{border-bottom:0}
        .n{text-align:right;white-space:nowrap}
        .metrics tbody th{font-weight:550}
        .metrics small{color:var(--soft);font-size:13px;font-weight:400}
        .metrics .average{display:block}
        .metrics td small{display:inline-block;vertical-align:top;min-width:118px;margin-left:12px}
        figure{margin:0;background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:14px 16px;min-width:0}
        .figures{display:grid;gap:14px}
        .figures.three{grid-template-columns:repeat(auto-fit,minmax(300px,1fr))}
        .figures.two{grid-template-columns:repeat(auto-fit,minmax(400px,1fr))}
        @media (max-width:520px){.figures.two,.figures.three{grid-template-columns:1fr}main{padding:24px 14px}}
        svg{display:block;width:100%;height:auto}
        figure.wide svg{max-width:900px}
        svg text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:var(--soft)}
        svg .axis-title{font-size:12px}
        svg .row-name{font-size:12px;fill:var(--ink)}
        svg .strong{font-weight:650}
        .grid{stroke:var(--grid);fill:none}
        .axis{stroke:var(--soft);fill:none;opacity:.55}
        .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
        .line.thin{stroke-width:1.25;opacity:.8}
        .line.guide{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 4;opacity:.8}
        .band{fill:var(--c);opacity:.13}
        .dot{fill:var(--c);stroke:var(--panel);stroke-width:1}
        .low{--c:var(--low)}.high{--c:var(--high)}.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}
        .legend{list-style:none;margin:8px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:2px 18px;font-size:13px}
        .legend i{display:inline-block;width:14px;height:3px;border-radius:2px;background:var(--c);margin-right:7px;vertical-align:middle}
        figcaption{margin-top:6px}
        .figures.one{grid-template-columns:1fr}
        .dash{stroke-dasharray:6 3}
        .legend i.dash{background:repeating-linear-gradient(90deg,var(--c) 0 5px,transparent 5px 8px)}
        .confusion{border:0;background:none}
        .confusion th,.confusion td{border:0;text-align:center;padding:6px 10px}
        .confusion thead th{background:none}
        .confusion tbody th{text-align:right;color:var(--soft);font-size:13px;font-weight:600;width:1%;overflow-wrap:break-word}
        .figures.one .confusion tbody td{min-width:64px;padding:4px}
        .figures.one .confusion th{font-size:12px;padding:4px}
        .confusion tbody td{border-radius:6px;border:3px solid var(--panel);background-clip:padding-box;min-width:84px}
        .confusion .right{background-color:rgba(var(--right),calc(.06 + .4*var(--share)))}
        .confusion .wrong{background-color:rgba(var(--wrong),calc(.04 + .5*var(--share)))}
        .confusion b{display:block;font-size:20px;font-weight:600}
        .confusion small{font-size:12.5px}
        .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(420px,1fr));gap:14px}
        .gallery.small{grid-template-columns:repeat(auto-fill,minmax(128px,1fr));gap:10px}
        .gallery figure{padding:8px}
        .gallery img{display:block;width:100%;border-radius:4px;background:#fff;object-fit:contain;max-height:420px}
        .absent{color:var(--soft);margin:0;padding:24px 8px;text-align:center}
        footer{margin-top:48px;border-top:1px solid var(--rule);padding-top:14px}
        @media print{body{background:#fff}section,figure,table{break-inside:avoid}}
        """;
}
