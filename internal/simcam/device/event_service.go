package device

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// How long a PullMessages may wait, and how much it may take.
const (
	maxPullTime  = time.Minute
	maxPullCount = 1000
)

// eventOperations is PullPoint: ONVIF core section 9.2, and what it takes of
// WS-BaseNotification.
func eventOperations() map[operationName]operation {
	return map[operationName]operation{
		{nsEvents, "GetServiceCapabilities"}:      {getEventServiceCapabilities, false},
		{nsEvents, "GetEventProperties"}:          {getEventProperties, false},
		{nsEvents, "CreatePullPointSubscription"}: {createPullPoint, false},
		{nsEvents, "PullMessages"}:                {pullMessages, false},
		{nsEvents, "SetSynchronizationPoint"}:     {synchronizeEvents, false},
		{nsNotify, "Renew"}:                       {renew, false},
		{nsNotify, "Unsubscribe"}:                 {unsubscribe, false},
	}
}

func getEventServiceCapabilities(q *request) (string, *soapFault) {
	return fmt.Sprintf(`<tev:GetServiceCapabilitiesResponse><tev:Capabilities WSSubscriptionPolicySupport="false" WSPullPointSupport="true" MaxPullPoints="%d"/></tev:GetServiceCapabilitiesResponse>`, q.device.events.max), nil
}

func getEventProperties(*request) (string, *soapFault) {
	return `<tev:GetEventPropertiesResponse><tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml</tev:TopicNamespaceLocation>` +
		`<wsnt:FixedTopicSet>true</wsnt:FixedTopicSet><wstop:TopicSet xmlns:wstop="http://docs.oasis-open.org/wsn/t-1">` +
		`<tns1:VideoSource><MotionAlarm wstop:topic="true"><tt:MessageDescription IsProperty="true"><tt:Source><tt:SimpleItemDescription Name="Source" Type="tt:ReferenceToken"/></tt:Source><tt:Data><tt:SimpleItemDescription Name="State" Type="xs:boolean"/></tt:Data></tt:MessageDescription></MotionAlarm></tns1:VideoSource>` +
		`<tns1:Device><Trigger><DigitalInput wstop:topic="true"><tt:MessageDescription IsProperty="true"><tt:Source><tt:SimpleItemDescription Name="InputToken" Type="tt:ReferenceToken"/></tt:Source><tt:Data><tt:SimpleItemDescription Name="LogicalState" Type="xs:boolean"/></tt:Data></tt:MessageDescription></DigitalInput></Trigger></tns1:Device>` +
		`</wstop:TopicSet><wsnt:TopicExpressionDialect>http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet</wsnt:TopicExpressionDialect>` +
		`<tev:MessageContentFilterDialect>http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter</tev:MessageContentFilterDialect>` +
		`<tev:MessageContentSchemaLocation>http://www.onvif.org/onvif/ver10/schema/onvif.xsd</tev:MessageContentSchemaLocation></tev:GetEventPropertiesResponse>`, nil
}

// lasting reads how long a subscription is to hold.
func (q *request) lasting(field string) (time.Duration, *soapFault) {
	text := q.body.value(field)
	if text == "" {
		return defaultTermination, nil
	}
	lasts, err := parseTermination(text, q.device.now())
	if err != nil || lasts <= 0 {
		return 0, sender("The termination time is not acceptable", "wsnt:UnacceptableInitialTerminationTimeFault")
	}
	return min(lasts, maxTermination), nil
}

func (d *Device) termination(lasts time.Duration) string {
	now := d.clock()
	return tag("wsnt:CurrentTime", now.Format(time.RFC3339)) + tag("wsnt:TerminationTime", now.Add(lasts).Format(time.RFC3339))
}

func createPullPoint(q *request) (string, *soapFault) {
	lasts, fault := q.lasting("InitialTerminationTime")
	if fault != nil {
		return "", fault
	}
	var filter []string
	if f := q.body.get("Filter"); f != nil {
		filter = f.all("TopicExpression")
	}
	d := q.device
	base := d.base(q.http)
	d.mu.Lock()
	defer d.changed.Ring()
	defer d.mu.Unlock()
	one := d.events.add(filter, lasts, d.clock())
	if one == nil {
		return "", receiver("There are too many subscriptions", "ter:Action", "ter:MaximumNumberReached")
	}
	if d.faults.relative {
		base = ""
	}
	return "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>" + tag("wsa:Address", base+subscribePath+one.id) +
		"</tev:SubscriptionReference>" + d.termination(lasts) + "</tev:CreatePullPointSubscriptionResponse>", nil
}

// subscriptionID is in the address that was asked.
func (q *request) subscriptionID() string {
	id, _ := strings.CutPrefix(q.http.URL.Path, subscribePath)
	return id
}

func noSubscription() *soapFault {
	return sender("The subscription does not exist", "wsrfr:ResourceUnknownFault")
}

// pullMessages waits for messages until there are some, the time is up, or the
// subscription is gone.
func pullMessages(q *request) (string, *soapFault) {
	wait, err := parseDuration(q.body.value("Timeout"))
	if err != nil {
		return "", sender("The time-out is not a duration", "ter:InvalidArgVal")
	}
	limit, err := strconv.Atoi(q.body.value("MessageLimit"))
	if err != nil || limit < 1 {
		return "", sender("The limit of messages is not valid", "ter:InvalidArgVal")
	}
	timer := time.NewTimer(min(wait, maxPullTime))
	defer timer.Stop()
	for over := false; ; {
		messages, arrived, lasts, ok := q.device.take(q.subscriptionID(), min(limit, maxPullCount))
		if !ok {
			return "", noSubscription()
		}
		if len(messages) > 0 || over {
			now := q.device.now()
			return "<tev:PullMessagesResponse>" + tag("tev:CurrentTime", now.Format(time.RFC3339)) +
				tag("tev:TerminationTime", now.Add(lasts).Format(time.RFC3339)) + strings.Join(messages, "") + "</tev:PullMessagesResponse>", nil
		}
		select {
		case <-arrived:
		case <-timer.C:
			over = true
		case <-q.http.Context().Done():
			over = true
		case <-q.device.stop:
			over = true
		}
	}
}

// take returns messages that wait for a subscriber, or what tells of the next.
func (d *Device) take(id string, most int) (messages []string, arrived <-chan struct{}, lasts time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.events.find(id)
	if one == nil {
		return nil, nil, 0, false
	}
	n := min(most, len(one.waiting))
	messages, one.waiting = one.waiting[:n:n], one.waiting[n:]
	return messages, one.arrived.Next(), time.Until(one.expires), true
}

func synchronizeEvents(q *request) (string, *soapFault) {
	d := q.device
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.events.find(q.subscriptionID())
	if one == nil {
		return "", noSubscription()
	}
	d.events.initialize(one, d.clock())
	return "<tev:SetSynchronizationPointResponse/>", nil
}

func renew(q *request) (string, *soapFault) {
	lasts, fault := q.lasting("TerminationTime")
	if fault != nil {
		return "", fault
	}
	d := q.device
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.events.find(q.subscriptionID())
	if one == nil {
		return "", noSubscription()
	}
	one.expires = time.Now().Add(lasts)
	return "<wsnt:RenewResponse>" + d.termination(lasts) + "</wsnt:RenewResponse>", nil
}

func unsubscribe(q *request) (string, *soapFault) {
	d := q.device
	d.mu.Lock()
	defer d.changed.Ring()
	defer d.mu.Unlock()
	one := d.events.find(q.subscriptionID())
	if one == nil {
		return "", noSubscription()
	}
	delete(d.events.open, one.id)
	one.arrived.Ring()
	return "<wsnt:UnsubscribeResponse/>", nil
}
