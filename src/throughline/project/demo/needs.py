"""What each model of the sample program is needed for, as its people would write it into the specification."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """`simpler` is what was considered without machine learning; `every` is how often it runs."""

    users: str
    problem: str
    decision: str
    simpler: str
    limits: str
    column: str
    every: str


NEEDS: Mapping[str, Need] = {
    "demand": Need(
        "Order planners",
        "Shelves are empty in one of eleven visits before the weekend, and fresh articles are thrown away after it.",
        "Planners order for each store two days ahead; they take the forecast instead of last week's sales.",
        "Last year's average by weekday; it misses promotions and weather.",
        "Not for new articles in their first fortnight, and not for stores that were opened this month.",
        "expected_units", "daily"),
    "eta": Need(
        "Customer service of the shop",
        "One customer in six calls to ask when the delivery comes.",
        "Customers decide whether to wait at home; the shop shows them half an hour instead of half a day.",
        "The planned time of the tour; it is off by forty minutes in the evening.",
        "Not on days with snow, for which there are too few tours.",
        "arrival_minutes", "real_time"),
    "churn": Need(
        "Retention team",
        "Loyal customers leave without a word, and the team writes to all of them alike.",
        "The team chooses four thousand customers a month to call or to write to.",
        "A rule by days since the last visit; it finds half of them, mostly too late.",
        "Says nothing about customers who joined less than three months ago.",
        "propensity", "weekly"),
    "recommend": Need(
        "Shop editors",
        "Customers forget what belongs together and order again, with a second delivery.",
        "The page before paying shows four articles; editors had chosen them by hand.",
        "The most bought articles; everybody sees the same milk.",
        "Never proposes alcohol or tobacco, whatever the basket says.",
        "article_ids", "real_time"),
    "markdown": Need(
        "Store managers",
        "Fresh food for two million a year is thrown away, much of it marked down too late.",
        "Store managers lower prices in the afternoon; they take the proposal or change it.",
        "A fixed ladder of 10, 30 and 50 per cent by hour; it gives away too much on Fridays.",
        "Not for articles without a date, and never below cost before noon.",
        "reduction", "daily"),
    "invoices": Need(
        "Accounts payable",
        "Six people compare invoices with deliveries, most of which fit.",
        "Clerks look only at invoices that do not fit; the others are paid.",
        "Exact comparison of order numbers; a third of suppliers write them differently.",
        "Not for credit notes, which are still read by people.",
        "match_share", "daily"),
    "fraud": Need(
        "Payment desk",
        "Stolen cards cost more each quarter, and honest customers are turned away by fixed rules.",
        "The desk decides which orders to hold until somebody has looked at them.",
        "Limits by amount and address; they hold back eight honest orders for one that is not.",
        "Says nothing about gift cards, and must not be used to judge customers.",
        "suspicion", "real_time"),
    "opening": Need(
        "Store managers",
        "Checkouts stand idle at three and are too few at six.",
        "Managers staff checkouts for the next day by hour.",
        "Last week's hours; wrong in each week with a holiday.",
        "Not for the first two weeks after a change of opening hours.",
        "checkouts", "daily"),
    "footfall": Need(
        "Store planning",
        "Nobody knows how many visitors come without buying.",
        "Planning chooses when shelves are filled.",
        "Counts of receipts; they miss who leaves with nothing.",
        "Not for stores with more than two entrances.",
        "visitors", "daily"),
    "shelfgap": Need(
        "Shelf teams",
        "Shelves stay empty for hours although there is stock in the back.",
        "Shelf teams walk to the places that are named first.",
        "A walk every two hours; most walks find nothing.",
        "Says nothing about articles that sell less than twice a day.",
        "gap_share", "hourly"),
    "segments": Need(
        "Mailing team",
        "Everybody gets the same weekly mailing, and fewer read it each month.",
        "The team writes nine mailings instead of one.",
        "Segments by age and region; they open mails alike.",
        "Not for prices, and not for single customers.",
        "segment", "weekly"),
    "coupons": Need(
        "Mailing team",
        "Printed coupons go to people who never use them.",
        "The team chooses who gets coupons by post.",
        "Everybody who used one last year; their number shrinks by a third each year.",
        "Printed coupons only.",
        "response", "monthly"),
    "substitutes": Need(
        "Pickers",
        "When an article is missing, pickers choose by gut feeling, and one in three substitutes comes back.",
        "Pickers pack the first proposal that is on the shelf.",
        "The next article of the same brand; often another size or taste.",
        "Never across allergens: what the customer excluded stays excluded.",
        "substitute_id", "real_time"),
    "suppliers": Need(
        "Buyers",
        "Late deliveries are noticed at the ramp, when it is too late to buy elsewhere.",
        "Buyers call suppliers three days ahead or order elsewhere.",
        "A list of suppliers that were late last month; it changes too slowly.",
        "Not for suppliers with fewer than twenty deliveries a year.",
        "delay_risk", "daily"),
    "energy": Need(
        "Energy buyers",
        "Energy for cooling is bought at the dearest hour because nobody knows how much is needed.",
        "Buyers order energy for the next day by hour.",
        "The same day of the week before; wrong whenever the weather turns.",
        "Not for stores whose cooling was rebuilt this quarter.",
        "kilowatt_hours", "daily"),
    "returns": Need(
        "Shop editors",
        "One household article in nine is sent back, most of them because it looked larger.",
        "Editors mend picture and text of the articles that are named first.",
        "A list of last year's returns; new articles are not on it.",
        "Must not be used to refuse orders of single customers.",
        "return_share", "weekly"),
    "waste": Need(
        "Bakers",
        "A tenth of the bread of the afternoon is thrown away in the evening.",
        "Bakers decide at noon how much of each bread to bake.",
        "The same amount as last week; holidays and rain turn it upside down.",
        "Not for the week of a village fair.",
        "loaves", "daily"),
    "elasticity": Need(
        "Price committee",
        "Prices are changed by feeling, and nobody knows which change paid.",
        "The committee decides each week on two hundred prices.",
        "A rule of thumb by category; it is right in the middle and wrong at both ends.",
        "Not for articles whose price was the same for a year.",
        "elasticity", "weekly"),
    "search": Need(
        "Shop editors",
        "Two searches in five end without a click.",
        "The shop orders its hits; editors pin articles only where they must.",
        "Hits by number of sales; whoever searches for tea sees sugar.",
        "Not for searches in other languages than those of the shop.",
        "rank", "real_time"),
    "shrinkage": Need(
        "Store audit",
        "Stock vanishes, and audits look at stores in the order of the alphabet.",
        "Audit chooses thirty stores a month to visit.",
        "The stores with the largest difference last year; they are the largest stores.",
        "Points to places, and must never be used to accuse people.",
        "suspicion", "weekly"),
    "reviews": Need(
        "Shop editors",
        "Nobody reads two hundred reviews before buying a pan.",
        "Customers see three sentences above the reviews; editors can switch them off.",
        "The review that most found helpful; it is often three years old.",
        "Not for articles with fewer than fifteen reviews.",
        "summary", "daily"),
    "rota": Need(
        "Store managers",
        "Managers spend a day a month on shift plans, and half of the wishes are overlooked.",
        "Managers take the proposal or change it; people decide.",
        "Last month's plan, moved by a month; wishes and contracts have changed by then.",
        "Proposes only: it must never decide who works, and sees no reasons for absence.",
        "shift", "monthly"),
    "planogram": Need(
        "Shelf teams",
        "Shelves differ from the plan within a week, and nobody sees it before the next visit.",
        "Shelf teams put right what is listed.",
        "A visit each month; it comes too late.",
        "Not for promotion stands, which have no plan.",
        "differences", "on_demand"),
    "routes": Need(
        "Delivery planning",
        "Slots cost the same for customers whether the van drives two kilometres or twenty.",
        "Planning sets the price of each slot for the next day.",
        "Cost by distance as the crow flies; it does not know the bridge.",
        "Not for tours with more than one van.",
        "cost", "daily"),
    "recipes": Need(
        "Shop editors",
        "Customers leave with half a dinner in their basket.",
        "The shop shows a recipe beside the basket.",
        "The recipe of the week; the same for everybody.",
        "Not for diets.",
        "recipe_id", "real_time"),
    "freshness": Need(
        "Goods receipt",
        "Fruit is graded by eye, and each warehouse has its own eyes.",
        "Goods receipt accepts a delivery or sends it back.",
        "A card with six photos; it helps, and is enough for half of the fruit.",
        "Not for bananas, which are bought green.",
        "grade", "on_demand"),
    "allergens": Need(
        "Product data team",
        "Allergens are typed off labels by hand, and one label in forty is wrong.",
        "The team checks the labels that can't be read for certain.",
        "Asking suppliers for files; a third sends none.",
        "Never the only source for a customer with an allergy.",
        "allergens", "daily"),
    "queue": Need(
        "Checkout leads",
        "The next checkout is opened when people have begun to leave.",
        "Leads open a checkout when the estimate passes five people.",
        "A bell that customers ring; they do not.",
        "Not for self-checkouts.",
        "people_waiting", "real_time"),
    "voice": Need(
        "Customer service of the shop",
        "Older customers find the shop hard to use.",
        "Customers order without the page.",
        "A phone line with two people.",
        "Not without a person in reach.",
        "order", "real_time"),
    "harvest": Need(
        "Buyers",
        "A bad harvest is known in the region weeks before it reaches our orders.",
        "Buyers order elsewhere four weeks ahead.",
        "A call to each grower; there are three hundred of them.",
        "Local growers only.",
        "shortfall_risk", "weekly"),
    "slots": Need(
        "Store managers",
        "Stores promise more collections at six than they can prepare.",
        "The shop offers as many slots as a store can prepare.",
        "A fixed number for each store; it is right on Tuesdays.",
        "Not for the days before holidays.",
        "orders_per_hour", "daily"),
}  # fmt: skip
