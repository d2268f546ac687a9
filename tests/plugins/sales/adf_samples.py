"""Lead documents that the tests share; every person in them is invented."""

from __future__ import annotations

PROSPECT = """\
<prospect status="{status}">
  <id sequence="1" source="demo-portal">{number}</id>
  <requestdate>2026-11-21T20:10:00+08:00</requestdate>
  <vehicle interest="buy" status="new">
    <year>2026</year><make>Demo Motors</make><model>Voyage</model><trim>Plus</trim>
    <colorcombination><interiorcolor>black</interiorcolor><exteriorcolor>white</exteriorcolor><preference>1</preference></colorcombination>
    <price type="quote" currency="CNY">220,000</price>
    <option><optionname>Tow bar</optionname><manufacturercode>TB1</manufacturercode><weighting>-100</weighting></option>
    <finance><method>finance</method><amount type="downpayment" limit="maximum" currency="CNY">60000</amount></finance>
    <comments>White if possible</comments>
  </vehicle>
  <vehicle interest="trade-in" status="used">
    <year>2015</year><make>Old Motors</make><model>Sparrow</model><vin>lsvau2189t2100001</vin>
    <odometer status="original" units="miles">81,500</odometer><condition>Good</condition>
  </vehicle>
  <customer>
    <contact primarycontact="1">
      <name part="first">四</name><name part="last">李</name>
      <email preferredcontact="0">lisi@example.com</email>
      <phone type="cellphone" time="evening" preferredcontact="1">{phone}</phone>
      <phone type="voice" time="day">010-62345678</phone>
      <address type="home"><street line="1">Example Road 1</street><street line="2">Building 2</street>
        <city>Shanghai</city><regioncode>SH</regioncode><postalcode>200000</postalcode><country>CN</country></address>
    </contact>
    <timeframe><description>within a week</description><earliestdate>2026-11-22</earliestdate></timeframe>
    <comments>Please call after seven.</comments>
  </customer>
  <vendor><id source="oem">V-1</id><vendorname>Demo Store</vendorname><contact><name part="full">Front Desk</name>
    <phone>021-12345678</phone></contact></vendor>
  <provider><name part="full">Demo Portal</name><service>Website</service><url>https://portal.example</url></provider>
</prospect>
"""


def prospect(number: str = "4711", *, phone: str = "13800138000", status: str = "new") -> str:
    """Return one prospect element."""
    return PROSPECT.format(number=number, phone=phone, status=status)


def document(*prospects: str, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n') -> str:
    """Return an ADF document."""
    return f"{prolog}<adf>\n{''.join(prospects or (prospect(),))}</adf>\n"
