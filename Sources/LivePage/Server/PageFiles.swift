import Crypto
import Gzip
import WebSockets

/// The files of the page, embedded in the program: the document, one script, one style sheet, icons.
///
/// SwiftPM compiles them as arrays of bytes. A fifth of a megabyte compiles within seconds, needs no Foundation, and
/// leaves no files to install beside the executable.
struct PageFiles {
    private struct File {
        let type: String
        let bytes: [UInt8]
        /// The bytes as gzip; `nil` for a format that is compressed already.
        let gzip: [UInt8]?
        /// A digest of the bytes, in quotes.
        let tag: String

        init(_ type: String, _ bytes: [UInt8], isCompressed: Bool = false) {
            self.type = type
            self.bytes = bytes
            gzip = isCompressed ? nil : gzipped(bytes, level: 9)
            tag = "\"\(hexadecimal(sha256(bytes).bytes.span).prefix(24))\""
        }
    }

    private let files: [String: File]

    init() {
        let script = ScriptBundle.join(
            Self.modules.mapValues { String(decoding: $0, as: UTF8.self) }, entry: "main.js")
        files = [
            "/": File("text/html; charset=utf-8", PackageResources.index_html),
            "/page.js": File("text/javascript; charset=utf-8", Array(script.utf8)),
            "/page.css": File("text/css; charset=utf-8", Array(Self.styles.joined())),
            "/worker.js": File("text/javascript; charset=utf-8", PackageResources.worker_js),
            "/manifest.webmanifest": File("application/manifest+json", PackageResources.manifest_webmanifest),
            "/icon.svg": File("image/svg+xml", PackageResources.icon_svg),
            "/icon.png": File("image/png", PackageResources.icon_png, isCompressed: true),
        ]
    }

    /// Returns the file that a request names: as gzip where the client accepts it, and without its bytes (304) where the
    /// client has them. `nil` if there is no such file.
    func response(to request: Request) -> Response? {
        guard let file = files[request.path] else { return nil }
        // Checked with the server before each use, so that a page never mixes two versions.
        let headers =
            securityHeaders + [
                ("Cache-Control", "private, no-cache"), ("ETag", file.tag), ("Vary", "Accept-Encoding"),
            ]
        // A proxy that compresses marks the tag as weak: W/"…". Source: RFC 9110, section 8.8.3.
        if request.headers["if-none-match"]?.contains(file.tag) == true {
            return Response(status: 304, headers: headers)
        }
        let response = Response(headers: [("Content-Type", file.type)] + headers, body: file.bytes)
        guard let gzip = file.gzip, request.acceptsGzip else { return response }
        return response.compressed(as: gzip)
    }

    private static let modules: [String: [UInt8]] = [
        "address.js": PackageResources.address_js,
        "attention.js": PackageResources.attention_js,
        "bursts.js": PackageResources.bursts_js,
        "categories.js": PackageResources.categories_js,
        "dom.js": PackageResources.dom_js,
        "facts.js": PackageResources.facts_js,
        "filters.js": PackageResources.filters_js,
        "flow.js": PackageResources.flow_js,
        "format.js": PackageResources.format_js,
        "health.js": PackageResources.health_js,
        "history.js": PackageResources.history_js,
        "hour.js": PackageResources.hour_js,
        "keys.js": PackageResources.keys_js,
        "list.js": PackageResources.list_js,
        "main.js": PackageResources.main_js,
        "market.js": PackageResources.market_js,
        "panel.js": PackageResources.panel_js,
        "panes.js": PackageResources.panes_js,
        "price.js": PackageResources.price_js,
        "ranking.js": PackageResources.ranking_js,
        "related.js": PackageResources.related_js,
        "row.js": PackageResources.row_js,
        "status.js": PackageResources.status_js,
        "store.js": PackageResources.store_js,
        "stream.js": PackageResources.stream_js,
        "tiers.js": PackageResources.tiers_js,
        "trade.js": PackageResources.trade_js,
        "view.js": PackageResources.view_js,
        "wallet.js": PackageResources.wallet_js,
    ]

    private static let styles: [[UInt8]] = [
        PackageResources.page_css, PackageResources.list_css, PackageResources.side_css,
        PackageResources.strip_css,
        PackageResources.narrow_css,
    ]
}
