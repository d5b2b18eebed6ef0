// The MMP SMS interface as its document states it: one interface and three data classes, nothing else.
// A plug-in whose maker's own interface assembly is missing is bound to this one (Host.cs resolves it by type name).
using System;
using System.Collections.Generic;

namespace MMP.MTA.SmsInterface
{
    public interface ISmsMessage
    {
        string Login(string secretKey);

        string Send(string request);

        string Report(string request);

        void Destroy();
    }

    public class SmsSendRequest
    {
        public IList<SmsMessage> messages { get; set; }

        public class SmsMessage
        {
            public string mobileNumber { get; set; }
            public string text { get; set; }
            public string sender { get; set; }
            public string startTime { get; set; }
            public string expireTime { get; set; }
            public string smsType { get; set; }
            public string brandCode { get; set; }
            public string recipientType { get; set; }
            public string messageType { get; set; }
            public int accountId { get; set; } = 0;
            public int senderId { get; set; } = 0;
        }
    }

    public class SmsReportRequest
    {
        public string partnerPacketId { get; set; } = string.Empty;
        public IList<string> messages { get; set; } = new List<string>();
    }

    public class SmsResponse
    {
        public string partnerPacketId { get; set; } = string.Empty;
        public IList<ReportResponse> results { get; set; } = new List<ReportResponse>();

        public class ReportResponse
        {
            public string partnerMessageId { get; set; } = string.Empty;
            public string partnerStatus { get; set; } = string.Empty;
            public string partnerDetail { get; set; } = string.Empty;
            public string apiStatus { get; set; } = string.Empty;
            public string sendAt { get; set; } = "";
            public string smsOperator { get; set; } = "";
            public int smsMessageCount { get; set; }
        }
    }
}
