import CCurl

/// One request on its way, and what has come of it so far. Used again for the next, as its C handle is.
final class Transfer {
    let handle: UnsafeMutableRawPointer
    private(set) var id = RequestID(number: 0)
    var answer = PartialAnswer()
    var gate = AddressGate()
    private let details: UnsafeMutablePointer<CChar>
    /// The head's lines, or a mail's recipients.
    private(set) var fields: UnsafeMutablePointer<curl_slist>?
    /// The message, if this one takes a mail out.
    var outgoing: OutgoingMail?

    init() {
        guard let handle = curl_easy_init() else { fatalError("libcurl is out of memory") }
        self.handle = handle
        details = .allocate(capacity: Int(CURL_ERROR_SIZE))
        details.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(fields)
        details.deallocate()
    }

    /// The transfer that a C handle, or a callback's user pointer, stands for.
    static func behind(_ handle: UnsafeMutableRawPointer) -> Transfer {
        var pointer: UnsafeMutableRawPointer?
        pm_curl_get_private(handle, &pointer)
        return at(pointer!)
    }

    static func at(_ pointer: UnsafeMutableRawPointer) -> Transfer {
        Unmanaged.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Forgets request and answer. What libcurl keeps with the handle, connections and names, stays.
    func clear() {
        curl_easy_reset(handle)
        curl_slist_free_all(fields)
        fields = nil
        answer = PartialAnswer()
        gate = AddressGate()
        outgoing = nil
    }

    /// Takes the number of a request.
    func begin(_ id: RequestID) {
        self.id = id
        details.pointee = 0
    }

    func prepare(_ request: HTTPRequest, _ id: RequestID, _ options: HTTPClient.Options) throws(HTTPFailure) {
        begin(id)
        answer.longest = request.longestAnswer
        gate.policy = request.addressPolicy
        try checkForm(of: request)
        try configure(request, options)
        try connectCallbacks()
    }

    /// What became of it, once libcurl is done.
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPFailure> {
        guard code == CURLE_OK else {
            if let refusal = mailRefusal(String(cString: details)) { return .success(refusal) }
            // A mail server's replies are no heads of answers: only the last of them counts.
            let failure = failure(code)
            return .failure(outgoing == nil ? failure.behind(response(answer.headers)) : failure)
        }
        return .success(response(answer.headers, answer.body))
    }

    private func response(_ headers: HTTPHeaders, _ body: [UInt8] = []) -> HTTPResponse {
        var (status, version, microseconds) = (0, 0, curl_off_t())
        pm_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        pm_curl_get_long(handle, CURLINFO_HTTP_VERSION, &version)
        pm_curl_get_size(handle, CURLINFO_TOTAL_TIME_T, &microseconds)
        return HTTPResponse(
            status: status, headers: headers, body: body, elapsed: .microseconds(microseconds),
            version: HTTPResponse.Version(version))
    }

    private func failure(_ code: CURLcode) -> HTTPFailure {
        if answer.isTooLarge {
            return HTTPFailure(.tooLarge, "the answer is larger than \(answer.longest) bytes")
        }
        if gate.refused(with: code) {
            return HTTPFailure(.addressRefused, "the host's address is not a public one")
        }
        guard code != CURLE_OPERATION_TIMEDOUT || hasSent else {
            return HTTPFailure(.couldNotConnect, String(cString: details))
        }
        return HTTPFailure(code, details: String(cString: details))
    }

    private var hasSent: Bool {
        var bytes = 0
        pm_curl_get_long(handle, CURLINFO_REQUEST_SIZE, &bytes)
        return bytes > 0 || outgoing != nil
    }
}

// MARK: - Options

extension Transfer {
    /// Refuses what libcurl would send as it stands, or cut off.
    private func checkForm(of request: HTTPRequest) throws(HTTPFailure) {
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw HTTPFailure(.invalidRequest, "the URL is neither http nor https")
        }
        guard !request.url.utf8.contains(0) else {
            throw HTTPFailure(.invalidRequest, "the URL has a NUL in it")
        }
        guard request.headers.isSafe else {
            throw HTTPFailure(.invalidRequest, "a header has a control character in it")
        }
    }

    private func configure(_ request: HTTPRequest, _ options: HTTPClient.Options) throws(HTTPFailure) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_USERAGENT, options.userAgent)
        try set(CURLOPT_ACCEPT_ENCODING, "")  // all that libcurl can unpack

        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try bound(connecting: request.connectTimeout, all: request.timeout)
        try demandTrust(options)

        // A proxy would do the connecting, to an address that we never see.
        if case .publicOnly = request.addressPolicy { try set(CURLOPT_PROXY, "") }

        // Refuses at once what says it is too large. To HEAD, the length is not that of the answer.
        if request.method != .head {
            try check(pm_curl_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(request.longestAnswer)))
        }
        try setMethod(request)
        try setHeaders(request)
    }

    func bound(connecting: Duration, all: Duration) throws(HTTPFailure) {
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(connecting.milliseconds, 1))  // 0 means 300 s
        try set(CURLOPT_TIMEOUT_MS, max(all.milliseconds, 1))  // 0 means never
        try set(CURLOPT_NOSIGNAL, 1)
        // Or else a timeout or `cancel` waits for the thread that resolves the name, which may take half a minute.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
    }

    func demandTrust(_ options: HTTPClient.Options) throws(HTTPFailure) {
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)  // that, or a later one
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = options.certificateFile { try set(CURLOPT_CAINFO, file) }
    }

    private func setMethod(_ request: HTTPRequest) throws(HTTPFailure) {
        switch request.method {
        case .get where request.body.isEmpty: try set(CURLOPT_HTTPGET, 1)
        case .head where request.body.isEmpty: try set(CURLOPT_NOBODY, 1)
        case .delete where request.body.isEmpty: try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .get, .head, .post, .put, .patch, .delete:
            try set(CURLOPT_POST, 1)
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
            try check(pm_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)))
            // Copied, and after its size is known, as the manual demands.
            try check(
                request.body.withUnsafeBytes { body in
                    withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { nothing in
                        pm_curl_set_pointer(
                            handle, CURLOPT_COPYPOSTFIELDS,
                            UnsafeMutableRawPointer(
                                mutating: body.baseAddress ?? UnsafeRawPointer(nothing.baseAddress!)))
                    }
                })
        }
    }

    private func setHeaders(_ request: HTTPRequest) throws(HTTPFailure) {
        for (name, value) in request.headers.fields {
            // "Name:" would mean "leave it out".
            append(field: value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        // Or it is called a form.
        if request.headers["Content-Type"] == nil { append(field: "Content-Type:") }
        append(field: "Expect:")  // or a large body waits a second for leave to be sent
        try check(pm_curl_set_pointer(handle, CURLOPT_HTTPHEADER, fields))
    }

    func append(field: String) {
        guard let longer = curl_slist_append(fields, field) else { fatalError("libcurl is out of memory") }
        fields = longer
    }

    func connectCallbacks() throws(HTTPFailure) {
        // Unretained: the client holds us for as long as the handle is in use, and `deinit` ends the handle.
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        try check(pm_curl_set_pointer(handle, CURLOPT_PRIVATE, pointer))
        try check(pm_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, details))
        try check(pm_curl_set_pointer(handle, CURLOPT_HEADERDATA, pointer))
        try check(pm_curl_set_writer(handle, CURLOPT_HEADERFUNCTION, receiveHeader))
        try check(pm_curl_set_pointer(handle, CURLOPT_WRITEDATA, pointer))
        try check(pm_curl_set_writer(handle, CURLOPT_WRITEFUNCTION, receiveBody))
        try check(pm_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, pointer))
        try check(pm_curl_set_opener(handle, openSocket))
        try check(pm_curl_set_pointer(handle, CURLOPT_PREREQDATA, pointer))
        try check(pm_curl_set_prerequisite(handle, judgeConnection))
    }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPFailure) {
        try check(pm_curl_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(HTTPFailure) {
        try check(pm_curl_set_text(handle, option, value))
    }

    func check(_ code: CURLcode) throws(HTTPFailure) {
        guard code == CURLE_OK else { throw HTTPFailure(code) }
    }
}
