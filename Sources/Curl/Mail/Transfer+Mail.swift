import CCurl

/// A transfer that hands a message to a mail server.
extension Transfer {
    func prepare(_ mail: MailRequest, _ id: RequestID, _ options: HTTPClient.Options) throws(HTTPFailure) {
        begin(id)
        try checkForm(of: mail)
        outgoing = OutgoingMail(mail.message)
        try set(CURLOPT_URL, mail.server)
        try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_USE_SSL, mail.security == .always ? Int(CURLUSESSL_ALL.rawValue) : 0)
        try bound(connecting: mail.connectTimeout, all: mail.timeout)
        try demandTrust(options)
        if let (user, password) = mail.login {
            try set(CURLOPT_USERNAME, user)
            try set(CURLOPT_PASSWORD, password)
        }
        try set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        append(field: "<\(mail.recipient)>")
        try check(pm_curl_set_pointer(handle, CURLOPT_MAIL_RCPT, fields))
        try set(CURLOPT_UPLOAD, 1)
        try connectCallbacks()
        try check(pm_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()))
        try check(pm_curl_set_writer(handle, CURLOPT_READFUNCTION, sendMail))
    }

    /// Returns the mail server's reply of failure, from 400 to 599, with its text as the body, or libcurl's message where
    /// it has none.
    ///
    /// - Returns: `nil` when the server sent no such reply.
    func mailRefusal(_ details: String) -> HTTPResponse? {
        var reply = 0
        pm_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &reply)
        guard outgoing != nil, 400..<600 ~= reply else { return nil }
        let text = answer.mailReply.text
        return HTTPResponse(
            status: reply, headers: [:], body: text.isEmpty ? Array(details.utf8) : text, elapsed: .zero,
            version: .other)
    }

    /// Refuses what would become a command of its own, or part of one.
    private func checkForm(of mail: MailRequest) throws(HTTPFailure) {
        let scheme = mail.server.prefix { $0 != ":" }.lowercased()
        guard scheme == "smtp" || scheme == "smtps" else {
            throw HTTPFailure(.invalidRequest, "the URL is neither smtp nor smtps")
        }
        guard mail.server.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw HTTPFailure(.invalidRequest, "the URL has a character in it that none has")
        }
        for address in [mail.sender, mail.recipient] {
            guard !address.isEmpty,
                address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>\"\\".utf8.contains($0) })
            else { throw HTTPFailure(.invalidRequest, "an address has a character in it that none has") }
        }
    }
}
